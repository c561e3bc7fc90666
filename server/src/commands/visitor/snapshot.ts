/** The Snapshot: what session:open, session:resume and session:start answer. */
import type { VisitorData } from "@baton/shared/commands";
import type { Site } from "@baton/shared/visitor/shapes";
import { botOf } from "../../bot/bots.ts";
import { policyOnWire } from "../../config/policy.ts";
import type { Look } from "../../session/sessionService.ts";
import type { Caller, House } from "./handler.ts";

export async function toSnapshot(caller: Caller, house: House, asked: Look): Promise<VisitorData<"session:open">> {
  const { site, device } = caller;
  const visible = await house.sessions.look(caller, asked);
  house.currentSessions.set(caller.userId, visible.session?.id);
  const lock = house.baton.lockOf(caller);
  return {
    user: { id: caller.userId, ...caller.user },
    device: { ...device, active: lock.mine },
    lock,
    ...visible,
    messages: [...visible.messages],
    policy: policyOnWire(site.policy),
    site: siteOnWire(site),
  };
}

function siteOnWire(site: Caller["site"]): Site {
  const bot = botOf(site);
  return {
    id: site.id,
    ...(site.name !== undefined && { name: site.name }),
    ...(bot && { bot: { name: bot.name } }),
    texts: { ...site.texts },
    ...(site.theme && { theme: { ...site.theme } }),
  };
}

/** session:open, once the door knows who it is: the whole visible state, or what changed since. */
import type { VisitorData, VisitorPayload } from "@baton/shared/commands";
import type { Lock, Site } from "@baton/shared/visitor/shapes";
import { botOf } from "../../bot/bots.ts";
import { policyOnWire } from "../../config/policy.ts";
import type { Caller, House } from "./handler.ts";

export async function openSession(
  caller: Caller,
  { resume }: Pick<VisitorPayload<"session:open">, "resume">,
  house: House,
): Promise<VisitorData<"session:open">> {
  const { site, device } = caller;
  const visible = await house.sessions.look(caller, site.policy, resume);
  house.currentSessions.set(caller.userId, visible.session?.id);
  return {
    user: { id: caller.userId, ...caller.user },
    device: { ...device, active: true },
    lock: sharedLock(caller),
    ...visible,
    messages: [...visible.messages],
    deadlines: house.sessions.deadlines(),
    policy: policyOnWire(site.policy),
    site: siteOnWire(site),
  };
}

/** With `oneDevice: "shared"` nobody is kept from writing: each device holds the baton. */
export function sharedLock({ epoch }: Pick<Caller, "epoch">): Lock {
  return { holder: null, epoch, mine: true };
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

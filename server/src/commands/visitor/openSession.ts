/** session:open, once the door knows who it is: who holds the baton, and the whole visible state, or what changed since. */
import type { VisitorData, VisitorPayload } from "@baton/shared/commands";
import type { Announcement } from "../../announcement.ts";
import { botOf } from "../../bot/bots.ts";
import type { Caller, House } from "./handler.ts";
import { toSnapshot } from "./snapshot.ts";

const NOTHING_BEGUN = { begun: false, announce: [] };

type Opened = { data: VisitorData<"session:open">; announce: readonly Announcement[] };

export async function openSession(
  caller: Caller,
  { resume, claim, visible }: VisitorPayload<"session:open"> & { visible: boolean },
  house: House,
): Promise<Opened> {
  const passed = await house.baton.arrive(caller, { visible, claim: claim ?? true });
  const moved = passed.moved ? house.sessions.tell(caller, passed.moved) : [];
  const { begun, announce: news } = passed.lock.mine ? await begin(caller, house) : NOTHING_BEGUN;
  const { data, announce } = await toSnapshot(caller, house, { known: resume, begun });
  return { data, announce: [...moved, ...news, ...announce] };
}

/** Where a site's sessions begin with the opened panel. */
async function begin(caller: Caller, house: House): Promise<{ begun: boolean; announce: readonly Announcement[] }> {
  if (caller.site.policy.startOn !== "open") return NOTHING_BEGUN;
  return house.sessions.begin(caller, botOf(caller.site) ? "bot" : "queue");
}

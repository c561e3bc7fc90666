/** session:open, once the door knows who it is: who holds the baton, and the whole visible state, or what changed since. */
import type { VisitorData, VisitorPayload } from "@baton/shared/commands";
import { botOf } from "../../bot/bots.ts";
import type { Caller, House } from "./handler.ts";
import { toSnapshot } from "./snapshot.ts";
import type { Tell } from "./telling.ts";

type Asked = VisitorPayload<"session:open"> & { visible: boolean; tell: Tell };

export async function openSession(
  caller: Caller,
  { resume, claim, visible, tell }: Asked,
  house: House,
): Promise<VisitorData<"session:open">> {
  const passed = await house.baton.arrive(caller, { visible, claim: claim ?? true });
  if (passed.moved) tell(house.sessions.tell(caller, passed.moved));
  const begun = passed.lock.mine && (await begin(caller, house, tell));
  return toSnapshot(caller, house, { known: resume, begun, tell });
}

/** Where a site's sessions begin with the opened panel. */
async function begin(caller: Caller, house: House, tell: Tell): Promise<boolean> {
  if (caller.site.policy.startOn !== "open") return false;
  const { begun, announce } = await house.sessions.begin(caller, botOf(caller.site) ? "bot" : "queue");
  tell(announce);
  return begun;
}

/** session:takeover: «Continue here», pressed. What was typed is carried over. */
import { whatWasTyped } from "./carriedDraft.ts";
import type { Handler } from "./handler.ts";
import { telling } from "./telling.ts";

export const takeOver: Handler<"session:takeover"> = (caller, { epoch }, house) =>
  telling(house, async (tell) => {
    const { lock, moved, hasPassed } = await house.baton.press(caller, epoch);
    if (moved) tell(house.sessions.tell(caller, moved));
    if (hasPassed) tell(await whatWasTyped(caller, house));
    return { lock };
  });

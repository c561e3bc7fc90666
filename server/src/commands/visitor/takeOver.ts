/** session:takeover: «Continue here», pressed. What was typed on the other device is carried over. */
import { carriedDraft } from "./carriedDraft.ts";
import type { Handler } from "./handler.ts";
import { telling } from "./telling.ts";

export const takeOver: Handler<"session:takeover"> = (caller, { epoch }, house) =>
  telling(house, async (tell) => {
    const { lock, moved, hasPassed } = await house.baton.press(caller, epoch);
    if (moved) tell(house.sessions.tell(caller, moved));
    if (hasPassed) tell(await carriedDraft(caller, house));
    return { lock };
  });

/** session:takeover: «Continue here», pressed. What was typed on the other device is carried over. */
import { carriedDraft } from "./carriedDraft.ts";
import type { Handler } from "./handler.ts";

export const takeOver: Handler<"session:takeover"> = async (caller, { epoch }, house) => {
  const { lock, moved, hasPassed } = await house.baton.press(caller, epoch);
  const news = moved ? house.sessions.tell(caller, moved) : [];
  const draft = hasPassed ? await carriedDraft(caller, house) : [];
  return { data: { lock }, announce: [...news, ...draft] };
};

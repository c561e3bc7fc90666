/** session:takeover: «Continue here», pressed. What was typed on the other device is carried over. */
import type { Announcement } from "../../announcement.ts";
import type { Caller, Handler, House } from "./handler.ts";

export const takeOver: Handler<"session:takeover"> = async (caller, { epoch }, house) => {
  const { lock, moved, announce } = await house.baton.press(caller, epoch);
  const hasPassed = announce.length > 0;
  const news = moved ? house.sessions.tell(caller, moved) : [];
  const draft = hasPassed ? await carried(caller, house) : [];
  return { data: { lock }, announce: [...announce, ...news, ...draft] };
};

/** To the device that has just taken over, unless it wrote it itself. */
async function carried(caller: Caller, house: House): Promise<Announcement[]> {
  const draft = await house.sessions.draftOf(caller);
  if (!draft || draft.deviceId === caller.device.id) return [];
  return [{ userId: caller.userId, event: "draft", payload: draft, device: { only: caller.device.id } }];
}

/** What was typed on another device, for the one that has just taken over; nothing where it wrote it itself. */
import type { Announcement } from "../../announcement.ts";
import type { Caller, House } from "./handler.ts";

export async function carriedDraft(caller: Caller, house: House): Promise<Announcement[]> {
  const draft = await house.sessions.draftOf(caller);
  if (!draft || draft.deviceId === caller.device.id) return [];
  return [{ userId: caller.userId, event: "draft", payload: draft, device: { only: caller.device.id } }];
}

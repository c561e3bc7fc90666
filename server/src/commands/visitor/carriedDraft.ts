/** What was typed, for the device that has just taken over. */
import type { Announcement } from "../../announcement.ts";
import type { Caller, House } from "./handler.ts";

/** By a press: also what it wrote itself, for it let go of that when it lost the baton, and nobody has written since. */
export async function whatWasTyped(caller: Caller, house: House): Promise<Announcement[]> {
  const draft = await house.sessions.draftOf(caller);
  return draft ? [{ userId: caller.userId, event: "draft", payload: draft, device: { only: caller.device.id } }] : [];
}

/** By a first word: what it wrote itself may be that very word. */
export async function carriedDraft(caller: Caller, house: House): Promise<Announcement[]> {
  const drafts = await whatWasTyped(caller, house);
  return drafts.filter(({ event, payload }) => event === "draft" && payload.deviceId !== caller.device.id);
}

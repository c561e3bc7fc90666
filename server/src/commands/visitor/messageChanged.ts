/** The answer to every change of a message: its new form, told to all of the user's devices when there is one. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../../announcement.ts";
import type { Moved } from "../../session/sessionStore.ts";
import type { Caller, House } from "./handler.ts";

type Changed = { message: Message; changed: boolean; moved: Moved; touched: Moved | undefined };

export function messageChanged(caller: Caller, { message, changed, moved, touched }: Changed, house: House) {
  const told: Announcement = { userId: caller.userId, event: "message", payload: { message, rev: message.rev } };
  const before = house.sessions.tell(caller, moved);
  const after = touched ? house.sessions.tell(caller, touched) : [];
  return { data: { message, rev: message.rev }, announce: [...before, ...(changed ? [told] : []), ...after] };
}

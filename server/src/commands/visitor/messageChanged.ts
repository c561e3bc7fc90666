/** The answer to every change of a message: its new form, told to all of the user's devices when there is one. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../../announcement.ts";
import type { Caller } from "./handler.ts";

export function messageChanged(caller: Caller, { message, changed }: { message: Message; changed: boolean }) {
  const told: Announcement = { userId: caller.userId, event: "message", payload: { message, rev: message.rev } };
  return { data: { message, rev: message.rev }, announce: changed ? [told] : [] };
}

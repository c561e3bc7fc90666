/** What an edit and a deletion have in common: whose message it is, whether its session goes on, whether it is yesterday's will. */
import { Refused, StaleEpoch } from "../../refused.ts";
import type { SessionRow } from "../../session/sessionRow.ts";
import type { MessageRow } from "../../transcript/messageRow.ts";
import type { Caller } from "./handler.ts";

export function refuseStrangersMessage(message: MessageRow): void {
  if (message.author_kind !== "visitor") throw new Refused("forbidden", "Only your own messages can be changed.");
}

export function refuseUnlessWritable(session: SessionRow, caller: Caller): void {
  if (session.state === "ended")
    throw new Refused("session_ended", "This session has ended: its messages stay as they are.");
  if (session.epoch !== caller.epoch) throw new StaleEpoch();
}

export function refuseUnlessRev(message: MessageRow, rev: number | undefined): void {
  if (message.deleted_at !== null)
    throw new Refused("conflict", "This message was deleted.", { details: { rev: message.rev } });
  if (rev === undefined || rev === message.rev) return;
  throw new Refused("conflict", "This message has changed since: look at it and decide again.", {
    details: { rev: message.rev },
  });
}

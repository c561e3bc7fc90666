/** Everything the server tells a visitor by itself. */
import * as z from "zod";
import { notice } from "../define.ts";
import { Closing } from "./connecting.ts";
import { Count, DurationMs, Empty, Id, Time } from "./primitives.ts";
import { Author, Deadlines, Draft, Lock, Message, Session } from "./shapes.ts";

const speaker = Author.pick({ kind: true, id: true });

export const sessionNotices = {
  "session:updated": notice(
    "State, assignment, mode, thread or context changed; also announces a new session.",
    z.object({ session: Session, rev: Count }),
  ),
  "session:warning": notice(
    "Once for each idle period, warnBeforeMs ahead of the soft expiry.",
    z.object({ sessionId: Id, closesAt: Time, remainingMs: DurationMs }),
  ),
  "session:active": notice("Activity ended a warning.", z.object({ sessionId: Id, deadlines: Deadlines })),
  "session:idle": notice("Soft expiry.", z.object({ session: Session, at: Time, resumableUntil: Time, rev: Count })),
  "session:ended": notice(
    "The session is over.",
    z.object({
      session: Session,
      reason: z.enum(["timeout", "visitor", "resolved", "superseded", "erased"]),
      rev: Count,
    }),
  ),
  "lock:changed": notice("Another device took over, let go, or vanished.", z.object({ lock: Lock })),
  "queue:position": notice(
    "While the conversation waits for a person.",
    z.object({ sessionId: Id, position: Count, waitMs: DurationMs.optional() }),
  ),
  "sync:advised": notice("The server may have missed telling you something: send sync.", Empty),
};

export const messageNotices = {
  message: notice(
    "A message was added or changed: the same shape for both.",
    z.object({ message: Message, rev: Count }),
  ),
  "reply:delta": notice(
    "A piece of a streaming reply; offset counts UTF-16 units of that attempt.",
    z.object({ messageId: Id, attempt: Count, offset: Count, text: z.string() }),
  ),
  typing: notice(
    "At most one every 2 s for each author.",
    z.object({ sessionId: Id, author: speaker, typing: z.boolean() }),
  ),
  receipt: notice(
    "Delivered or read up to seq.",
    z.object({ sessionId: Id, author: speaker, kind: z.enum(["delivered", "read"]), seq: Count }),
  ),
  draft: notice("To the device that has just taken over.", Draft),
};

export const personNotices = {
  "memory:invalidated": notice(
    "A correction reached what was remembered.",
    z.object({ factIds: z.array(Id), reason: z.string() }),
  ),
  "handover:requested": notice(
    "Another device has shown the code.",
    z.object({ label: z.string(), confirm: z.string() }),
  ),
  "auth:expiring": notice("60 s before the user token ends.", z.object({ expiresAt: Time })),
  closing: notice("The server is about to end this connection, and why.", Closing),
};

/** What the wire says, as lines of a history. PURE. Called by watchClient.ts. */
import type { Heard } from "@baton/server/testing/testClient";
import type { Deadlines, Lock, Message, Snapshot } from "@baton/shared/visitor/shapes";
import type { EventOf, Seen, Told, Who } from "./events.ts";

/** A line but for who and when. */
export type Bare = Told extends infer T ? (T extends { connection: string } ? Omit<T, keyof Who | "t"> : never) : never;

export function toldBy({ event, payload }: Heard): Bare[] {
  switch (event) {
    case "message":
      return [{ kind: "delivery", message: toSeen(payload.message) }];
    case "session:updated":
      return [{ kind: "change", sessionId: payload.session.id, rev: payload.rev, state: payload.session.state }];
    case "session:warning": {
      const { sessionId, closesAt, remainingMs } = payload;
      return [{ kind: "warned", sessionId, closesAt: Date.parse(closesAt), remainingMs }];
    }
    case "session:active":
      return [{ kind: "active", sessionId: payload.sessionId }, toDeadlines(payload.sessionId, payload.deadlines)];
    case "session:idle": {
      const { session, at, resumableUntil, rev } = payload;
      const idled = { sessionId: session.id, rev, at: Date.parse(at), endsAt: Date.parse(resumableUntil) };
      return [
        { kind: "change", sessionId: session.id, rev, state: session.state },
        { kind: "idled", ...idled },
      ];
    }
    case "session:ended": {
      const { session, reason, rev } = payload;
      return [
        { kind: "change", sessionId: session.id, rev, state: session.state },
        { kind: "ended", sessionId: session.id, rev, at: Date.parse(session.endedAt ?? ""), reason },
      ];
    }
    case "lock:changed":
      return [toLock(payload.lock)];
    case "typing":
    case "receipt":
    case "queue:position":
      return [{ kind: "aside", event, sessionId: payload.sessionId }];
    default:
      return [];
  }
}

export function toSeen(message: Message): Seen {
  const { id, sessionId, seq, rev, clientId, author, text, status, createdAt, editedAt, deletedAt } = message;
  return {
    id,
    sessionId,
    seq,
    rev,
    ...(clientId !== undefined && { clientId }),
    author: author.kind,
    text,
    status,
    edited: editedAt !== undefined,
    deleted: deletedAt !== undefined,
    at: Date.parse(createdAt),
  };
}

export function toLock({ epoch, holder, mine }: Lock): Extract<Bare, { kind: "lock" }> {
  return { kind: "lock", epoch, holder: holder?.deviceId ?? null, mine };
}

/** @param told with the same answer */
export function toDeadlines(
  sessionId: string,
  { warnAt, idleAt, endAt }: Deadlines,
  told: { rev?: number; now?: number } = {},
): Extract<Bare, { kind: "deadlines" }> {
  const time = (iso: string | null) => (iso === null ? null : Date.parse(iso));
  return { kind: "deadlines", sessionId, ...told, warnAt: time(warnAt), idleAt: time(idleAt), endAt: time(endAt) };
}

/** @param asked what the page held */
export function toSnapshot(
  { session, rev, reset, hasMore, messages, resumption }: Snapshot,
  { asked, askedAt }: Pick<EventOf<"snapshot">, "asked" | "askedAt">,
): Extract<Bare, { kind: "snapshot" }> {
  return {
    kind: "snapshot",
    askedAt,
    asked,
    sessionId: session?.id ?? null,
    state: session?.state ?? null,
    rev,
    reset,
    hasMore,
    messages: messages.map(toSeen),
    outcome: resumption.kind,
    ...(resumption.previous && { previous: resumption.previous.sessionId }),
  };
}

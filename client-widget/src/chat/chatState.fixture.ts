/** Builders for tests: the smallest valid shapes, with what matters overridden. */
import type { Message, Session, Snapshot } from "@baton/shared/visitor/shapes";
import type { HeardNotice } from "./chatState.ts";

const T0 = Date.parse("2026-01-05T10:00:00.000Z");
export const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();

export function session(given: Partial<Session> = {}): Session {
  return {
    id: "s1",
    state: "open",
    openedAt: at(0),
    lastActivityAt: at(0),
    threadId: "t",
    mode: "bot",
    rev: 0,
    ...given,
  };
}

export function message(seq: number, given: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    sessionId: "s1",
    seq,
    rev: seq,
    threadId: "t",
    author: seq % 2 ? { kind: "visitor", id: "u1" } : { kind: "bot", id: "b1" },
    kind: "text",
    text: `text ${seq}`,
    status: "complete",
    createdAt: at(seq),
    ...given,
  };
}

export function told(given: Message): HeardNotice {
  return { kind: "notice", name: "message", payload: { message: given, rev: given.rev } };
}

export function snapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    user: { id: "u1", kind: "visitor" },
    device: { id: "d1", label: "Chrome on Linux", active: true },
    lock: { holder: null, epoch: 1, mine: true },
    session: null,
    resumption: { kind: "none" },
    messages: [],
    rev: 0,
    reset: true,
    hasMore: false,
    receipts: [],
    deadlines: { warnAt: null, idleAt: null, endAt: null },
    policy: {
      warnBeforeMs: 1,
      softExpiryMs: 1,
      hardExpiryMs: 1,
      maxDurationMs: 1,
      primeWindowMs: 1,
      startOn: "message",
      oneDevice: "shared",
      turns: "queue",
    },
    site: { id: "demo", texts: {} },
    serverTime: at(0),
    ...given,
  };
}

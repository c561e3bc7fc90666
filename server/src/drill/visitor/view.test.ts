import type { Message, Session, Snapshot } from "@baton/shared/visitor/shapes";
import { expect, test } from "vitest";
import { messagesOf, NOTHING, withHeard, withMessage, withSnapshot, withSync } from "./view.ts";

const AT = "2026-01-01T00:00:00.000Z";

function message(seq: number, more: Partial<Message> = {}): Message {
  const author = { kind: "visitor", id: "ada" } as const;
  const place = { id: `m${seq}`, sessionId: "s", threadId: "t", seq, rev: seq };
  return { ...place, author, kind: "text", text: `text ${seq}`, status: "complete", createdAt: AT, ...more };
}

const session: Session = {
  id: "s",
  state: "open",
  openedAt: AT,
  lastActivityAt: AT,
  threadId: "t",
  mode: "bot",
  rev: 2,
};
const synced = (rev: number, changes: Message[], reset = false) => ({ session, rev, changes, reset });
const told = (one: Message) => ({ event: "message", data: { message: one, rev: one.rev } }) as const;
const texts = (view: typeof NOTHING) => messagesOf(view).map(({ text }) => text);

test("what is told in any order is known up to the first gap, and all of it once the gap is closed", () => {
  const gap = [message(1), message(3)].reduce((view, one) => withHeard(view, told(one)), NOTHING);
  expect(gap.rev).toBe(1);
  const closed = withHeard(gap, told(message(2)));
  expect(closed.rev).toBe(3);
  expect(texts(closed)).toEqual(["text 1", "text 2", "text 3"]);
});

test("of one message the highest revision wins, however late the older one comes", () => {
  const edited = message(1, { rev: 2, text: "edited" });
  const view = withMessage(withMessage(NOTHING, edited, 2), message(1), 1);
  expect(texts(view)).toEqual(["edited"]);
  expect(view.rev).toBe(2);
});

test("a sync adds what changed since, or replaces everything when it says so", () => {
  const view = withMessage(NOTHING, message(1), 1);
  expect(texts(withSync(view, synced(2, [message(2)])))).toEqual(["text 1", "text 2"]);
  expect(texts(withSync(view, synced(2, [message(2)], true)))).toEqual(["text 2"]);
});

test("an answer that was overtaken by an event takes nothing back", () => {
  const ahead = [1, 2, 3].reduce((view, seq) => withHeard(view, told(message(seq))), NOTHING);
  const view = withSync(ahead, synced(2, [message(2)]));
  expect(view.rev).toBe(3);
  expect(texts(view)).toHaveLength(3);
});

test("changes of the session itself take a revision too", () => {
  const view = withMessage(NOTHING, message(1), 1);
  expect(withHeard(view, { event: "session:updated", data: { session, rev: 2 } }).rev).toBe(2);
  const elsewhere = { ...session, id: "another" };
  expect(withHeard(view, { event: "session:updated", data: { session: elsewhere, rev: 2 } }).rev).toBe(1);
});

test("another session, or none, begins anew", () => {
  const view = withMessage(NOTHING, message(1), 1);
  const next = withMessage(view, message(1, { id: "n1", sessionId: "next", text: "next" }), 1);
  expect(texts(next)).toEqual(["next"]);
  const opened = { session: null, messages: [], rev: 0, reset: true } as unknown as Snapshot;
  expect(withSnapshot(view, opened)).toEqual(NOTHING);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutboxEntry } from "../connection/outbox.ts";
import { at, message, session, snapshot, told } from "./chatState.fixture.ts";
import { type ChatInput, type ChatState, currentSession, EMPTY_CHAT, type HeardNotice, missed } from "./chatState.ts";
import { reduce } from "./reduce.ts";

const run = (inputs: readonly ChatInput[], from: ChatState = EMPTY_CHAT) => inputs.reduce(reduce, from);
const updated = (given = session()): HeardNotice => ({
  kind: "notice",
  name: "session:updated",
  payload: { session: given, rev: given.rev },
});
const entry = (clientId: string): OutboxEntry => ({ clientId, text: clientId, createdAt: 1, state: "waiting" });

/** A conversation as the gateway would announce it: a new session, messages, a change, an edit, the end, the next one. */
const STORY: readonly HeardNotice[] = [
  updated(session()),
  told(message(1)),
  told(message(2, { status: "streaming", text: "" })),
  { kind: "notice", name: "reply:delta", payload: { messageId: "m2", attempt: 1, offset: 0, text: "Hello " } },
  { kind: "notice", name: "reply:delta", payload: { messageId: "m2", attempt: 1, offset: 6, text: "you" } },
  told(message(2, { rev: 3, text: "Hello you" })),
  updated(session({ mode: "queue", rev: 4 })),
  told(message(3, { rev: 5 })),
  told(message(1, { rev: 6, text: "edited", editedAt: at(9) })),
  {
    kind: "notice",
    name: "session:ended",
    payload: { session: session({ state: "ended", rev: 7 }), reason: "visitor", rev: 7 },
  },
  updated(session({ id: "s2", openedAt: at(20) })),
  told(message(1, { id: "n1", sessionId: "s2", createdAt: at(21) })),
];

describe("the conversation", () => {
  it("is the same in whatever order and however often the same notices come", () => {
    const expected = run(STORY);
    const shuffled = fc.shuffledSubarray([...STORY, ...STORY], { minLength: 2 * STORY.length });
    fc.assert(
      fc.property(shuffled, (notices) => {
        expect(run(notices)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("waits in no line once its session has ended, whoever tells so", () => {
    const position: HeardNotice = { kind: "notice", name: "queue:position", payload: { sessionId: "s1", position: 1 } };
    const waiting = run([updated(session({ mode: "queue" })), position]);
    const ended = session({ mode: "queue", state: "ended", rev: 1 });
    expect(waiting.queue).not.toBeNull();
    expect(run([updated(ended)], waiting).queue).toBeNull();
    expect(run([{ kind: "snapshot", snapshot: snapshot(), now: 0 }], waiting).queue).toBeNull();
  });

  it("asks for what is missing, whichever notice was lost", () => {
    const numbered = STORY.filter((notice) => notice.name !== "reply:delta" && notice.payload !== STORY[0]?.payload);
    for (const lost of numbered.slice(0, -3)) {
      const state = run(STORY.filter((notice) => notice !== lost));
      expect(missed(state), JSON.stringify(lost)).not.toBeNull();
    }
    expect(missed(run(STORY))).toBeNull();
  });

  it("is whole again after a sync", () => {
    const holed = run([updated(), told(message(1)), told(message(3))]);
    expect(missed(holed)).toEqual({ sessionId: "s1", rev: 1 });
    const sync = {
      ...snapshot(),
      session: session({ rev: 3 }),
      rev: 3,
      changes: [message(2), message(3)],
      reset: false,
    };
    const healed = reduce(holed, { kind: "synced", sync, now: 0 });
    expect(missed(healed)).toBeNull();
    expect(Object.keys(healed.messages)).toEqual(["m1", "m3", "m2"]);
  });

  it("asks for what ended unheard, and then for what began, each from where it is", () => {
    const ended = session({ state: "ended", rev: 4 });
    const endedUnheard: HeardNotice = {
      kind: "notice",
      name: "session:ended",
      payload: { session: ended, reason: "visitor", rev: 4 },
    };
    const next = session({ id: "s2", openedAt: at(20), rev: 1 });
    const begunUnheard: HeardNotice = { kind: "notice", name: "session:updated", payload: { session: next, rev: 0 } };
    const advised: HeardNotice = { kind: "notice", name: "sync:advised", payload: {} };
    const behind = run([updated(), told(message(1)), endedUnheard, begunUnheard, advised]);
    expect(missed(behind)).toEqual({ sessionId: "s1", rev: 1 });
    const rest = { ...snapshot(), session: ended, rev: 4, changes: [message(2), message(3)], reset: false };
    const whole = reduce(behind, { kind: "synced", sync: rest, now: 0 });
    expect(missed(whole)).toEqual({ sessionId: "s2", rev: 0 });
    const first = message(1, { id: "n1", sessionId: "s2", createdAt: at(21) });
    const sync = { ...snapshot(), session: next, rev: 1, changes: [first], reset: false };
    expect(missed(reduce(whole, { kind: "synced", sync, now: 0 }))).toBeNull();
  });

  it("keeps the conversation that goes on when too much of the last one was missed to be told one by one", () => {
    const next = session({ id: "s2", openedAt: at(20), rev: 1 });
    const ended = session({ state: "ended", rev: 400 });
    const first = message(1, { id: "n1", sessionId: "s2", createdAt: at(21) });
    const showing = run([updated(), told(message(1)), updated(next), told(first)]);
    const rest = { ...snapshot(), session: ended, rev: 400, changes: [message(300, { rev: 300 })], reset: true };
    const after = reduce(showing, { kind: "synced", sync: rest, now: 0 });
    expect(currentSession(after)?.id).toBe("s2");
    expect(Object.keys(after.messages)).toEqual(expect.arrayContaining(["n1", "m300"]));
    expect(missed(after)).toBeNull();
  });

  it("forgets what it held when a snapshot says so, and keeps it when not", () => {
    const before = run([updated(), told(message(1))]);
    const fresh = snapshot({ session: session({ rev: 9 }), rev: 9, messages: [message(5, { rev: 9 })] });
    expect(Object.keys(reduce(before, { kind: "snapshot", snapshot: fresh, now: 0 }).messages)).toEqual(["m5"]);
    const more = { ...fresh, reset: false };
    expect(Object.keys(reduce(before, { kind: "snapshot", snapshot: more, now: 0 }).messages)).toEqual(["m1", "m5"]);
  });

  it("stays readable when it has ended and the page connects anew", () => {
    const ended = run(STORY.slice(0, 10));
    const previous = { sessionId: "s1", endedAt: at(10), unresolved: [] };
    const later = reduce(ended, {
      kind: "snapshot",
      snapshot: snapshot({ resumption: { kind: "primed", previous } }),
      now: 0,
    });
    expect(Object.keys(later.messages)).toEqual(["m1", "m2", "m3"]);
  });

  it("shows nothing of one person to the next who signs in here", () => {
    const ada = snapshot({ user: { id: "ada", kind: "identified" }, session: session(), messages: [message(1)] });
    const first = run([
      { kind: "snapshot", snapshot: ada, now: 0 },
      { kind: "outbox", action: { kind: "add", entry: entry("secret") } },
    ]);
    const next = snapshot({ user: { id: "grace", kind: "identified" }, reset: false });
    const second = reduce(first, { kind: "snapshot", snapshot: next, now: 0 });
    expect(second).toMatchObject({ messages: {}, outbox: [], tracks: {} });
  });

  it("takes what was sent out of the outbox, whether the answer or the announcement comes first", () => {
    const sent = run([
      { kind: "outbox", action: { kind: "add", entry: entry("c1") } },
      told(message(1, { clientId: "c1" })),
    ]);
    expect(sent.outbox).toEqual([]);
    expect(run([told(message(1, { clientId: "c1" }))], sent)).toEqual(sent);
  });

  it("goes on in the session that was opened last", () => {
    expect(currentSession(run(STORY))?.id).toBe("s2");
  });

  it("stops saying that somebody writes once they have spoken", () => {
    const author = { kind: "bot", id: "b1" } as const;
    const typing: ChatInput = { kind: "notice", name: "typing", payload: { sessionId: "s1", author, typing: true } };
    expect(run([typing]).typing).toEqual({ b1: author });
    expect(run([typing, told(message(2))]).typing).toEqual({});
  });
});

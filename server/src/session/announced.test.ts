import { describe, expect, test } from "vitest";
import { createAnnounced, type Head, isBehind, unheardOf } from "./announced.ts";

const at = (head: Partial<Head> = {}): Head => ({ sessionId: "s1", rev: 4, epoch: 2, isWarned: false, ...head });

function shown(head: Partial<Head> = {}) {
  const announced = createAnnounced();
  announced.show("ada", at(head));
  return announced;
}

const session = (id: string, rev: number, state = "open") => ({ id, rev, state }) as never;

describe("who was told everything is not behind", () => {
  test("of a message and a change, by their revs", () => {
    const announced = shown();
    announced.tell("ada", "message", { message: { sessionId: "s1" } as never, rev: 5 });
    announced.tell("ada", "session:updated", { session: session("s1", 6), rev: 6 });
    expect(announced.of("ada")).toEqual(at({ rev: 6 }));
    expect(isBehind(at({ rev: 6 }), at({ rev: 6 }))).toBe(false);
  });

  test("of a new session, an end, a takeover, a warning and its end", () => {
    const announced = shown();
    announced.tell("ada", "session:ended", { session: session("s1", 5, "ended"), reason: "visitor", rev: 5 });
    expect(announced.of("ada")).toMatchObject({ sessionId: undefined });
    announced.tell("ada", "session:updated", { session: session("s2", 1), rev: 1 });
    announced.tell("ada", "lock:changed", { lock: { epoch: 7, holder: null, mine: false } });
    announced.tell("ada", "session:warning", { sessionId: "s2", closesAt: "", remainingMs: 1 });
    expect(announced.of("ada")).toEqual({ sessionId: "s2", rev: 1, epoch: 7, isWarned: true });
    announced.tell("ada", "session:active", { sessionId: "s2", deadlines: {} as never });
    expect(announced.of("ada")).toMatchObject({ isWarned: false });
  });

  test("feedback and a rating in an ended session say nothing of the one that goes on", () => {
    const announced = shown();
    announced.tell("ada", "message", { message: { sessionId: "old" } as never, rev: 90 });
    announced.tell("ada", "session:updated", { session: session("old", 91, "ended"), rev: 91 });
    expect(announced.of("ada")).toEqual(at());
  });

  test("who sees later than others what was announced is not put back", () => {
    const announced = shown();
    announced.tell("ada", "message", { message: { sessionId: "s1" } as never, rev: 9 });
    announced.show("ada", at({ rev: 8 }));
    expect(announced.of("ada")).toMatchObject({ rev: 9 });
  });

  test("of what the rows hold, when they were advised to ask for it", () => {
    const announced = shown();
    announced.tell("ada", "message", { message: { sessionId: "s1" } as never, rev: 9 });
    announced.advise("ada", at({ rev: 8, epoch: 3, isWarned: true }));
    expect(announced.of("ada")).toEqual(at({ rev: 9, epoch: 3, isWarned: true }));
    announced.advise("ada", at({ sessionId: "s2", rev: 1 }));
    expect(announced.of("ada")).toMatchObject({ sessionId: "s2", rev: 1 });
  });

  test("nothing is kept of somebody who is not here", () => {
    const announced = createAnnounced();
    announced.tell("ada", "lock:changed", { lock: { epoch: 7, holder: null, mine: false } });
    expect(announced.of("ada")).toBeUndefined();
  });
});

test.each<[string, Head]>([
  ["a message", at({ rev: 5 })],
  ["another session", at({ sessionId: "s2", rev: 1 })],
  ["an end", at({ sessionId: undefined, rev: 0 })],
  ["a takeover", at({ epoch: 3 })],
  ["a warning", at({ isWarned: true })],
])("who was not told of %s is behind", (_, row) => {
  expect(isBehind(at(), row)).toBe(true);
});

test("nor was whoever heard of the next session and not of the end of theirs, until they are told", () => {
  const announced = shown();
  announced.tell("ada", "session:updated", { session: session("s2", 1), rev: 1 });
  const row = at({ sessionId: "s2", rev: 1 });
  expect(announced.of("ada")).toMatchObject({ sessionId: "s2", left: "s1" });
  expect(isBehind(announced.of("ada") ?? at(), row)).toBe(true);
  expect(unheardOf(announced.of("ada"), row)).toEqual(["s1"]);
  announced.tell("ada", "session:ended", { session: session("s1", 5, "ended"), reason: "visitor", rev: 5 });
  expect(announced.of("ada")).not.toHaveProperty("left");
  expect(isBehind(announced.of("ada") ?? at(), { ...row, isWarned: false })).toBe(false);
});

test("what began or ended unheard is named; what only goes on is known", () => {
  expect(unheardOf(at(), at({ rev: 9 }))).toEqual([]);
  expect(unheardOf(at(), at({ sessionId: "s2" }))).toEqual(["s1", "s2"]);
  expect(unheardOf(at(), at({ sessionId: undefined }))).toEqual(["s1"]);
  expect(unheardOf(at({ sessionId: undefined }), at())).toEqual(["s1"]);
});

test("what a device that came later is shown, those before it have not been told", () => {
  const announced = shown();
  announced.show("ada", at({ rev: 5 }));
  expect(isBehind(announced.of("ada") ?? at(), at({ rev: 5 }))).toBe(true);
});

test("a warning of which nothing is known yet makes nobody behind, nor do rows that were read too early", () => {
  expect(isBehind(at({ isWarned: undefined }), at({ isWarned: true }))).toBe(false);
  expect(isBehind(at({ rev: 9, epoch: 9 }), at())).toBe(false);
});

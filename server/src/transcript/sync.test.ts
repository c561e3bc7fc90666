import { LIMITS } from "@baton/shared/limits";
import type { Message } from "@baton/shared/visitor/shapes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canReplay, firstThatFit, fitsAnswer, newestThatFit } from "./sync.ts";

function message(seq: number, text = ""): Message {
  return {
    id: `m${seq}`,
    sessionId: "s",
    seq,
    rev: seq,
    threadId: "t",
    author: { kind: "visitor", id: "u" },
    kind: "text",
    text,
    status: "complete",
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

const bytesOf = (items: readonly object[]) =>
  items.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)), 0);

/** Texts that take between nothing and more than a whole answer on the wire: NUL is six bytes there. */
const conversation = fc
  .array(fc.tuple(fc.constantFrom("a", "é", "\u0000", "🙂"), fc.constantFrom(0, 10, 5_000, 40_000, 250_000)), {
    maxLength: 30,
  })
  .map((texts) => texts.map(([unit, times], i) => message(i + 1, unit.repeat(times / unit.length))));

test("of a long conversation the newest messages are told: as many as an answer holds, never none", () => {
  fc.assert(
    fc.property(conversation, (all) => {
      const told = newestThatFit(all);
      expect(told).toEqual(all.slice(all.length - told.length));
      if (all.length > 0) expect(told.length).toBeGreaterThan(0);
      if (told.length > 1) expect(bytesOf(told)).toBeLessThanOrEqual(LIMITS.answerBytes);
      if (told.length < all.length) {
        expect(bytesOf(all.slice(all.length - told.length - 1))).toBeGreaterThan(LIMITS.answerBytes);
      }
    }),
  );
});

test("of a long list the first items are told, by the same rule", () => {
  fc.assert(
    fc.property(conversation, (all) => {
      const told = firstThatFit(all);
      expect(told).toEqual(newestThatFit(all.toReversed()).toReversed());
      expect(told).toEqual(all.slice(0, told.length));
    }),
  );
});

test.each([
  [0, 0, true],
  [7, 7, true],
  [0, 7, true],
  [8, 7, false],
  [-1, 7, false],
])("a client that knows rev %i of %i may be told the changes: %s", (known, head, may) => {
  expect(canReplay(known, head)).toBe(may);
});

test("changes fit while there are no more, and no longer, than an answer holds", () => {
  const many = Array.from({ length: LIMITS.changes }, (_, i) => message(i + 1));
  expect(fitsAnswer([])).toBe(true);
  expect(fitsAnswer(many)).toBe(true);
  expect(fitsAnswer([...many, message(201)])).toBe(false);
  const room = LIMITS.answerBytes - bytesOf([message(1)]);
  expect(fitsAnswer([message(1, "a".repeat(room))])).toBe(true);
  expect(fitsAnswer([message(1, "a".repeat(room + 1))])).toBe(false);
  expect(fitsAnswer([message(1, "\u0000".repeat(room / 6 + 1))])).toBe(false);
});

import { expect, test } from "vitest";
import { createLoggingOutNotes } from "./loggingOut.ts";

const onPhone = { userId: "ada", deviceId: "phone" };
const at = (ms: number) => ({ ...onPhone, notBefore: new Date(ms) });

test("a logout that was announced is known by its user and device, for ten seconds", () => {
  let now = 0;
  const notes = createLoggingOutNotes(() => now);
  notes.add(onPhone, undefined);
  now = 9_999;
  expect(notes.has(at(5_000))).toBe(true);
  expect(notes.has({ ...at(5_000), deviceId: null })).toBe(false);
  expect(notes.has({ ...at(5_000), userId: "bob" })).toBe(false);
  now = 10_000;
  expect(notes.has(at(5_000))).toBe(false);
});

test("announced once more it is known for longer", () => {
  let now = 0;
  const notes = createLoggingOutNotes(() => now);
  notes.add(onPhone, undefined);
  now = 6_000;
  notes.add(onPhone, undefined);
  now = 12_000;
  expect(notes.has(at(0))).toBe(true);
});

test("what was looked at long before is no logout, and a note may come a little late", () => {
  const notes = createLoggingOutNotes(() => 0);
  notes.add(onPhone, new Date(60_000));
  expect(notes.has(at(58_999))).toBe(false);
  expect(notes.has(at(59_000))).toBe(true);
});

test("no flood of them fills the memory, and room is made as they lapse", () => {
  let now = 0;
  const notes = createLoggingOutNotes(() => now);
  for (let n = 0; n < 1_000; n++) notes.add({ userId: `${n}`, deviceId: null }, undefined);
  notes.add(onPhone, undefined);
  expect(notes.has(at(0))).toBe(false);
  now = 10_000;
  notes.add(onPhone, undefined);
  expect(notes.has(at(0))).toBe(true);
});

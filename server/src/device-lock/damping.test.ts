import fc from "fast-check";
import { expect, test } from "vitest";
import { createDamping } from "./damping.ts";

function damping(maxUsers?: number) {
  const clock = { now: 0 };
  return { clock, ...createDamping({ now: () => clock.now, maxUsers }) };
}

test("whoever moves the chat three times within a minute is not held up", () => {
  const { press } = damping();
  expect([press("ada"), press("ada"), press("ada")]).toEqual([0, 0, 0]);
});

test("the fourth press waits 10 s, and what is pressed meanwhile makes it no longer", () => {
  const { clock, press } = damping();
  for (const at of [0, 1, 2]) {
    clock.now = at;
    press("ada");
  }
  clock.now = 59_999;
  expect(press("ada")).toBe(10_000);
  clock.now += 9_999;
  expect(press("ada")).toBe(1);
});

test("a minute after the first of three the next is free", () => {
  const { clock, press } = damping();
  press("ada");
  clock.now = 30_000;
  expect([press("ada"), press("ada")]).toEqual([0, 0]);
  clock.now = 60_000;
  expect(press("ada")).toBe(0);
  expect(press("ada")).toBe(10_000);
});

test("after the wait the count starts anew", () => {
  const { clock, press } = damping();
  for (const expected of [0, 0, 0, 10_000]) expect(press("ada")).toBe(expected);
  clock.now = 10_000;
  for (const expected of [0, 0, 0, 10_000]) expect(press("ada")).toBe(expected);
});

test("what one person presses holds up nobody else", () => {
  const { press } = damping();
  for (const _ of [1, 2, 3, 4]) press("ada");
  expect(press("bob")).toBe(0);
});

test("who was forgotten for want of room is the one that rested longest", () => {
  const { press } = damping(2);
  for (const _ of [1, 2, 3]) press("ada");
  press("bob");
  expect(press("ada")).toBe(10_000);
  press("cleo");
  expect(press("ada")).toBe(10_000);
  press("dan");
  press("eve");
  expect(press("ada")).toBe(0);
});

test("in no minute do more than three go through without a wait of 10 s, and who waits as told is let in", () => {
  const pauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 40_000, noNaN: true })), { maxLength: 60 });
  fc.assert(
    fc.property(pauses, (waits) => {
      const { clock, press } = damping();
      let through: number[] = [];
      let told = 0;
      for (const wait of waits) {
        clock.now += wait;
        const retryAfterMs = press("ada");
        expect(Number.isInteger(retryAfterMs)).toBe(true);
        if (retryAfterMs > 0) {
          told = clock.now + retryAfterMs;
          through = [];
          continue;
        }
        expect(clock.now).toBeGreaterThan(told - 1);
        through.push(clock.now);
        expect(clock.now - (through.at(-4) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(60_000 - 1e-6);
      }
      clock.now = Math.max(clock.now, told);
      expect(press("bob")).toBe(0);
      if (through.length === 0) expect(press("ada")).toBe(0);
    }),
  );
});

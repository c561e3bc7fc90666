/** What every Damping does: run by damping.test.ts and redisDamping.test.ts. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Damping } from "./damping.ts";

/** A new one, or a new view of one that is shared: each test has people of its own. It tells the time by this clock. */
export type MakeDamping = (clock: { now(): number }) => Damping;

/** A time of today: thirteen digits, which Lua for one would round if it were to write them by itself. */
export const START = 1_750_000_000_123;

export function describeDamping(name: string, make: MakeDamping): void {
  function setUp() {
    const clock = { time: START, now: () => clock.time };
    const damping = make(clock);
    const [ada, bob] = [randomUUID(), randomUUID()];
    const times = async (count: number, userId = ada) => {
      const answers: number[] = [];
      for (let i = 0; i < count; i++) answers.push(await damping.press(userId));
      return answers;
    };
    return { clock, ada, bob, times, press: () => damping.press(ada) };
  }

  describe(name, () => {
    test("whoever moves the chat three times within a minute is not held up", async () => {
      expect(await setUp().times(3)).toEqual([0, 0, 0]);
    });

    test("the fourth press waits 10 s, and what is pressed meanwhile makes it no longer", async () => {
      const { clock, press } = setUp();
      for (const after of [0, 1, 2]) {
        clock.time = START + after;
        await press();
      }
      clock.time = START + 59_999;
      expect(await press()).toBe(10_000);
      clock.time += 9_999;
      expect(await press()).toBe(1);
    });

    test("a minute after the first of three the next is free", async () => {
      const { clock, times } = setUp();
      await times(1);
      clock.time = START + 30_000;
      expect(await times(2)).toEqual([0, 0]);
      clock.time = START + 60_000;
      expect(await times(2)).toEqual([0, 10_000]);
    });

    test("after the wait the count starts anew", async () => {
      const { clock, times } = setUp();
      expect(await times(4)).toEqual([0, 0, 0, 10_000]);
      clock.time += 10_000;
      expect(await times(4)).toEqual([0, 0, 0, 10_000]);
    });

    test("part of a millisecond is waited for too", async () => {
      const { clock, times } = setUp();
      await times(4);
      clock.time += 9_999.5;
      expect(await times(1)).toEqual([1]);
    });

    test("what one person presses holds up nobody else", async () => {
      const { bob, times } = setUp();
      await times(4);
      expect(await times(1, bob)).toEqual([0]);
    });

    test("of ten that press at once three go through", async () => {
      const { press } = setUp();
      const answers = await Promise.all(Array.from({ length: 10 }, press));
      expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(3);
      expect(answers.filter((waitMs) => waitMs === 10_000)).toHaveLength(7);
    });

    test("in no minute do more than three go through without a wait of 10 s, and who waits as told is let in", async () => {
      const pause = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 40_000, noNaN: true }));
      const property = fc.asyncProperty(fc.array(pause, { maxLength: 60 }), async (pauses) => {
        const { clock, press, bob, times } = setUp();
        let through: number[] = [];
        let told = 0;
        for (const ms of pauses) {
          clock.time += ms;
          const retryAfterMs = await press();
          expect(Number.isInteger(retryAfterMs)).toBe(true);
          if (retryAfterMs > 0) {
            told = clock.time + retryAfterMs;
            through = [];
            continue;
          }
          expect(clock.time).toBeGreaterThan(told - 1);
          through.push(clock.time);
          // A number of thirteen digits leaves three thousandths of a millisecond to rounding.
          expect(clock.time - (through.at(-4) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(60_000 - 0.003);
        }
        clock.time = Math.max(clock.time, told);
        expect(await times(1, bob)).toEqual([0]);
        if (through.length === 0) expect(await press()).toBe(0);
      });
      await fc.assert(property);
    });
  });
}

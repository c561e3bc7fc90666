import fc from "fast-check";
import { expect, test } from "vitest";
import { type Budget, refund, spend } from "./budget.ts";

const budgets = fc.record({ burst: fc.integer({ min: 1, max: 50 }), perSecond: fc.integer({ min: 1, max: 1_000 }) });
/** Milliseconds between one try and the next, as performance.now() tells them: with fractions. */
const pauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3_000, noNaN: true })), {
  minLength: 1,
  maxLength: 150,
});

/** When the tries that were let through came. */
function letThrough(budget: Budget, waits: readonly number[]): number[] {
  let fullAt = 0;
  let now = 1_000;
  return waits.flatMap((wait) => {
    now += wait;
    const spent = spend(budget, fullAt, now);
    if (!spent.ok) return [];
    fullAt = spent.fullAt;
    return [now];
  });
}

test("in no stretch of time does anyone get more than the burst and what the time allows", () => {
  fc.assert(
    fc.property(budgets, pauses, (budget, waits) => {
      const times = letThrough(budget, waits);
      for (const [i, from] of times.entries()) {
        for (const [j, to] of times.slice(i).entries()) {
          expect(j + 1).toBeLessThanOrEqual(budget.burst + ((to - from) / 1_000) * budget.perSecond + 1e-6);
        }
      }
    }),
  );
});

test("who comes back when told to is let in, and not a millisecond earlier", () => {
  fc.assert(
    fc.property(budgets, pauses, (budget, waits) => {
      let fullAt = 0;
      let now = 1_000;
      for (const wait of waits) {
        now += wait;
        const spent = spend(budget, fullAt, now);
        if (spent.ok) {
          fullAt = spent.fullAt;
          continue;
        }
        expect(Number.isInteger(spent.retryAfterMs)).toBe(true);
        expect(spent.retryAfterMs).toBeGreaterThanOrEqual(1);
        expect(spend(budget, fullAt, now + spent.retryAfterMs).ok).toBe(true);
        expect(spend(budget, fullAt, now + spent.retryAfterMs - 1).ok).toBe(false);
      }
    }),
  );
});

test("who was quiet for long enough has the whole burst again, and no more", () => {
  fc.assert(
    fc.property(budgets, (budget) => {
      const all = Array.from({ length: budget.burst + 1 }, () => 0);
      const rested = (budget.burst / budget.perSecond) * 1_000 + 1;
      const times = letThrough(budget, [...all, rested, ...all]);
      expect(times.length).toBe(2 * budget.burst);
    }),
  );
});

test("what is given back may be spent again at once, and only once", () => {
  const budget = { burst: 2, perSecond: 5 };
  let fullAt = 0;
  for (const _ of [1, 2]) {
    const spent = spend(budget, fullAt, 1_000);
    if (spent.ok) fullAt = spent.fullAt;
  }
  expect(spend(budget, fullAt, 1_000)).toEqual({ ok: false, retryAfterMs: 200 });
  const again = spend(budget, refund(budget, fullAt), 1_000);
  expect(again.ok && spend(budget, again.fullAt, 1_000).ok).toBe(false);
  expect(again.ok).toBe(true);
});

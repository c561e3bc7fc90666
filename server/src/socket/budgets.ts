/** The budgets that are running, by key. Real time, also under the test clock: limits protect a real machine. */
import { performance } from "node:perf_hooks";
import { Refused } from "../refused.ts";
import { type Budget, refund, spend } from "./budget.ts";

export type Budgets = ReturnType<typeof createBudgets>;

/** Forgets full buckets when so many keys are known: a full bucket and an unknown one are the same. */
const SWEEP_ABOVE = 10_000;
/** In a storm most buckets are not full: looking through them at every call would cost more than they do. */
const SWEEP_EVERY_MS = 1_000;

export function createBudgets(budget: Budget, now: () => number = () => performance.now()) {
  const fullAt = new Map<string, number>();
  let sweptAt = 0;

  function sweep(at: number): void {
    sweptAt = at;
    for (const [key, time] of fullAt) if (time <= at) fullAt.delete(key);
  }

  return {
    /** Milliseconds to wait, or 0 when it was spent. */
    spend(key: string): number {
      const at = now();
      if (fullAt.size > SWEEP_ABOVE && at - sweptAt > SWEEP_EVERY_MS) sweep(at);
      const spent = spend(budget, fullAt.get(key) ?? 0, at);
      if (!spent.ok) return spent.retryAfterMs;
      fullAt.set(key, spent.fullAt);
      return 0;
    },
    refund(key: string): void {
      const time = fullAt.get(key);
      if (time !== undefined) fullAt.set(key, refund(budget, time));
    },
    forget(key: string): void {
      fullAt.delete(key);
    },
  };
}

export function tooFast(what: string, retryAfterMs: number): Refused {
  return new Refused("rate_limited", `Too many ${what}.`, { retryAfterMs });
}

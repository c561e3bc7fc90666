/**
 * How fast someone may go: so many at once, then so many a second. PURE: the generic cell rate algorithm, whose whole
 * state is one number, the time at which the bucket would be full again (ITU-T I.371).
 */
export type Budget = { readonly burst: number; readonly perSecond: number };

export type Spent = { ok: true; fullAt: number } | { ok: false; retryAfterMs: number };

/** What adding fractions of a millisecond may lose: nobody is kept waiting for it. */
const LOST = 1e-6;

/** @param fullAt the state, 0 at first; @param now milliseconds of a clock that never goes back */
export function spend(budget: Budget, fullAt: number, now: number): Spent {
  const costMs = 1_000 / budget.perSecond;
  const next = Math.max(fullAt, now) + costMs;
  const waitMs = next - now - budget.burst * costMs;
  return waitMs <= LOST ? { ok: true, fullAt: next } : { ok: false, retryAfterMs: Math.ceil(waitMs - LOST) };
}

/** Gives one back: a repeat that appended nothing costs nothing. */
export function refund(budget: Budget, fullAt: number): number {
  return fullAt - 1_000 / budget.perSecond;
}

/** Full jitter: a thousand widgets that lost one gateway must not come back in the same instant. */

const FIRST_MS = 1_000;
const CAP_MS = 30_000;

/** Milliseconds until the next try. `attempt` counts failures from 0; `random` is in [0, 1). */
export function fullJitter(attempt: number, random: number): number {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.floor(random * ceiling);
}

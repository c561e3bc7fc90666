/**
 * The time as the database tells it. The offset is the test clock's: it moves deadlines and tokens, never rate limits.
 * A node's own clock is for showing and for tokens; whatever decides about rows asks SQL's baton_now().
 */
export type Clock = { now(): number; setOffset(offsetMs: number): void };

export function createClock(real: () => number = Date.now): Clock {
  let offset = 0;
  return {
    now: () => real() + offset,
    setOffset(offsetMs) {
      offset = offsetMs;
    },
  };
}

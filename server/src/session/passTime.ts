/** How the test clock passes time: from one deadline to the next, as if it went by. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DeadlineLoop } from "./deadlineLoop.ts";

export type TestTime = {
  /** Moves the clock by so many milliseconds. */
  move(ms: number): Promise<void>;
  /** Milliseconds of the epoch. */
  now(): number;
};

/** A database full of deadlines is jumped over: each still takes effect, at its own time, in one pass. */
const MOST_STEPS = 200;
/** What another node has in its hands is waited for. */
const LOOK_AGAIN_MS = 20;
const PATIENCE_MS = 10_000;

/**
 * Passes so many milliseconds, one call after the other; resolves when everything that became due has taken effect.
 * Rejects when somebody holds a session whose deadline has come and does not let go of it.
 */
export function createPassing(
  deadlines: Pick<DeadlineLoop, "settle" | "next">,
  time: TestTime,
): (advanceMs: number) => Promise<void> {
  let last = Promise.resolve();

  async function pass(advanceMs: number): Promise<void> {
    const target = time.now() + advanceMs;
    let next = await settled();
    for (let i = 0; i < MOST_STEPS && next !== undefined && next <= target; i++) next = await moveTo(next);
    await moveTo(target);
  }

  async function moveTo(at: number): Promise<number | undefined> {
    const ms = at - time.now();
    if (ms > 0) await time.move(ms);
    return settled();
  }

  /** @returns the next deadline ahead */
  async function settled(): Promise<number | undefined> {
    for (const giveUpAt = performance.now() + PATIENCE_MS; ; await sleep(LOOK_AGAIN_MS)) {
      await deadlines.settle();
      const next = await deadlines.next();
      if (next === undefined || next > time.now()) return next;
      if (performance.now() > giveUpAt) throw new Error("a session whose deadline has come is held by somebody else");
    }
  }

  return (advanceMs) => {
    last = last.then(
      () => pass(advanceMs),
      () => pass(advanceMs),
    );
    return last;
  };
}

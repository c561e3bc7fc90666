/** How the test clock passes time: from one deadline to the next, as if it went by. */
import type { DeadlineLoop } from "./deadlineLoop.ts";

/** A database full of deadlines is jumped over: each still takes effect, at its own time, in one pass. */
const MOST_STEPS = 500;

/**
 * Resolves when everything that became due has taken effect.
 * @param target milliseconds of the epoch
 * @param move moves the clock by so many milliseconds
 */
export async function passTime(
  deadlines: Pick<DeadlineLoop, "settle" | "next">,
  target: number,
  move: (ms: number) => Promise<void>,
  now: () => number,
): Promise<void> {
  for (let i = 0; i < MOST_STEPS; i++) {
    const next = await deadlines.next();
    if (next === undefined || next > target) break;
    await move(Math.max(0, next - now()));
    await deadlines.settle();
  }
  await move(Math.max(0, target - now()));
  await deadlines.settle();
}

/** When the clients of a node that goes away may come back. PURE. */
import type { LimitsConfig } from "../config/limitsConfig.ts";

export type Spread = Pick<LimitsConfig, "drainWindowMs" | "drainClientsPerSecond">;

/**
 * Each client has a part of the window of its own, and within that chance has its way: nobody is told what another is told.
 * @param chance 0 ≤ n < 1
 */
export function comeBackAfterMs({ index, count }: { index: number; count: number }, spread: Spread, chance: number) {
  return Math.floor((windowMs(count, spread) * (index + chance)) / Math.max(count, 1));
}

/** It grows so that no more than so many a second come back in it. */
function windowMs(count: number, { drainWindowMs, drainClientsPerSecond }: Spread): number {
  return Math.max(drainWindowMs, (count / drainClientsPerSecond) * 1_000);
}

/** PURE. How long something took, of many times. */
import { percentile, sortedTogether } from "./percentile.ts";

/** Milliseconds. */
export type Latency = { count: number; p50Ms: number; p99Ms: number; mostMs: number };

/** @param parts of each generator */
export function latencyOf(parts: readonly Float64Array[]): Latency {
  const sorted = sortedTogether(parts);
  return {
    count: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    mostMs: percentile(sorted, 1),
  };
}

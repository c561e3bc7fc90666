/** PURE. From looks at a node to which of its stalled readers were ended, when, and what they cost it. */
import type { StalledResult } from "./measured.ts";

/** @param atMs since the readers stalled */
export type Look = { atMs: number; connections: number };

/** When each connection was first seen to be gone. @param all before the first look */
export function endedAfter(looks: readonly Look[], all: number): Float64Array {
  const times: number[] = [];
  for (const { atMs, connections } of looks) while (all - times.length > connections) times.push(atMs);
  return Float64Array.from(times);
}

/** How much higher the node's memory stood than under the same load while everybody read. */
export function stallBytes({ reading, stalled }: Pick<StalledResult, "reading" | "stalled">): number | undefined {
  if (reading.peakBytes === undefined || stalled.peakBytes === undefined) return undefined;
  return Math.max(0, stalled.peakBytes - reading.peakBytes);
}

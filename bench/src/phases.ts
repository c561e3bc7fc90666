/** Numbers that make clientIds unique over the run: each time people join, another one. */
let phases = 0;

/** @returns the first of so many */
export function nextPhase(count: number): number {
  phases += count;
  return phases - count;
}

/** What is measured of readers that do not read. PURE. Part of plan.ts. */

/** People whose first device writes while their others read nothing. */
export type StalledPlan = {
  readonly people: number;
  readonly readersEach: number;
  /** Written by each of the people, and told to each of the readers. */
  readonly perSecondEach: number;
  /** Of each message. */
  readonly letters: number;
  /** While they are stalled; half as long while they read. */
  readonly overMs: number;
};

/** Who writes beside them. */
export const OTHERS = { people: 100, perSecondEach: 5 };

const LETTERS = 8_000;

export const STALLED_FULL: readonly StalledPlan[] = [
  // As many bytes as 100 messages a second of the usual length, and no more than a user may write.
  { people: 100, readersEach: 5, perSecondEach: 5, letters: LETTERS, overMs: 20_000 },
  // So much that it passes the kernel's buffers and the gateway's limit.
  { people: 50, readersEach: 1, perSecondEach: 20, letters: LETTERS, overMs: 35_000 },
];
export const STALLED_QUICK: readonly StalledPlan[] = [
  { people: 10, readersEach: 1, perSecondEach: 100, letters: LETTERS, overMs: 8_000 },
];

export function readersOf({ people, readersEach }: Pick<StalledPlan, "people" | "readersEach">): number {
  return people * readersEach;
}

export function stalledName(plan: Pick<StalledPlan, "people" | "readersEach" | "perSecondEach">): string {
  const { perSecondEach } = plan;
  return `${readersOf(plan).toLocaleString("en")} stalled readers, ${perSecondEach} long messages a second each`;
}

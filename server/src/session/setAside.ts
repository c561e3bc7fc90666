/** Sessions whose deadline cannot take effect: each is left alone for a growing while, and none is in the others' way. */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10 * 60_000;

/** @param now milliseconds of any clock that only goes forward */
export function createSetAside(now: () => number = () => performance.now()) {
  const aside = new Map<string, { readonly waitMs: number; readonly until: number }>();
  return {
    /** Also those whose while is over: they are tried by themselves, until one time it works. */
    ids: (): string[] => [...aside.keys()],

    toTryAgain: (): string[] => [...aside].filter(([, { until }]) => until <= now()).map(([id]) => id),

    /** @returns how long it is left alone, milliseconds */
    add(id: string): number {
      const before = aside.get(id);
      const waitMs = before ? Math.min(before.waitMs * 2, LONGEST_WAIT_MS) : FIRST_WAIT_MS;
      aside.set(id, { waitMs, until: now() + waitMs });
      return waitMs;
    },

    takeBack: (id: string): boolean => aside.delete(id),
  };
}

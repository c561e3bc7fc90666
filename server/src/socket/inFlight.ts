/** What was asked and is not yet answered: a node that goes away answers it first. */
export type InFlight = {
  track(work: Promise<unknown>): void;
  /** Resolves when nothing is under way, or after so long. */
  quiet(withinMs: number): Promise<void>;
};

export function createInFlight(): InFlight {
  const under = new Set<Promise<unknown>>();

  return {
    track(work) {
      under.add(work);
      const done = (): void => void under.delete(work);
      work.then(done, done);
    },
    async quiet(withinMs) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs);
      });
      await Promise.race([Promise.allSettled([...under]), patience]);
      clearTimeout(timer);
    },
  };
}

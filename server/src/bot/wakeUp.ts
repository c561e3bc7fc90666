/** One timer that looks for work at the earliest moment anyone asked for. Never two looks at once. */
export type WakeUp = {
  /** Look in so many milliseconds, or earlier if that was asked before. */
  in(ms: number): void;
  /** No further look; settles when the one under way is over. */
  stop(): Promise<void>;
};

/** @param look must not reject; may ask for the next look itself */
export function createWakeUp(look: () => Promise<void>): WakeUp {
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let isNextWaiting = false;
  let stopped = false;

  async function fire(): Promise<void> {
    timer = undefined;
    dueAt = Number.POSITIVE_INFINITY;
    // What was asked for during a look is looked at right after it, once for all who asked.
    if (isNextWaiting) return;
    isNextWaiting = true;
    await looking;
    isNextWaiting = false;
    if (stopped) return;
    looking = look();
    await looking;
  }

  return {
    in(ms) {
      const at = performance.now() + ms;
      if (stopped || dueAt <= at) return;
      clearTimeout(timer);
      dueAt = at;
      timer = setTimeout(() => void fire(), ms);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** Notices that the machine has slept: no event says so everywhere, but the clock has gone on without us. */

const TICK_MS = 5_000;
/** Timers of a page that nobody sees run once a minute: that is no sleep. */
const SLEPT_MS = 75_000;

export function watchSleep(woke: () => void): () => void {
  let last = Date.now();
  const ticking = setInterval(() => {
    const gap = Date.now() - last;
    last += gap;
    if (gap > SLEPT_MS) woke();
  }, TICK_MS);
  return () => clearInterval(ticking);
}

/** What a gateway refuses «for now» is asked again when it says so, and a lost line is made anew. As a good client does. */
import { setTimeout as sleep } from "node:timers/promises";
import { LineLost, Refused } from "./lineErrors.ts";

/** Longer than a Redis or a Postgres needs to be started again, shorter than anybody's patience. */
const PATIENCE_MS = 30_000;
const UNLESS_TOLD_MS = 250;
const MOST_TRIES = 5;

/** @throws the last refusal once the patience is over; everything else at once */
export async function patiently<T>(attempt: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  for (const until = performance.now() + patienceMs; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Refused) || !error.refusal.retryable) throw error;
      const waitMs = error.refusal.retryAfterMs ?? UNLESS_TOLD_MS;
      if (performance.now() + waitMs > until) throw error;
      await sleep(waitMs);
    }
  }
}

/** A connection that goes amid its beginning is begun again, a few times. @throws LineLost after the last one */
export async function comingBack<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof LineLost) || tries === MOST_TRIES) throw error;
      await sleep(UNLESS_TOLD_MS);
    }
  }
}

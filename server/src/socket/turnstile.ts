/**
 * Lets so many of those who arrive ask the database at a time. When ten thousand come at once, the first ones are served while
 * the others wait: else all would be served at the same late moment, after their clients have given up, and whoever is
 * connected would wait for the database behind all of them. Called by authenticate.ts and openDoor.ts.
 */

/** Those who are already in go first: what was begun is finished. */
export type Stage = "opening" | "connecting";

/** Runs `work` when its turn has come. @throws NoTurn when it does not come in time */
export type Turnstile = <T>(stage: Stage, work: () => Promise<T>) => Promise<T>;

/** More than the pool has connections, so that none is idle while somebody waits for Redis. */
const WIDTH = 16;
/** Sooner than a client gives up, which is 10 s for each of the two. */
const PATIENCE_MS: Readonly<Record<Stage, number>> = { opening: 8_000, connecting: 4_000 };

export class NoTurn extends Error {}

export function createTurnstile({ width, patienceMs } = { width: WIDTH, patienceMs: PATIENCE_MS }): Turnstile {
  // Sets, for they are as quick at their beginning as at their end.
  const waiting: Record<Stage, Set<() => void>> = { opening: new Set(), connecting: new Set() };
  let inside = 0;

  function letIn(): void {
    while (inside < width) {
      const stage = waiting.opening.size > 0 ? waiting.opening : waiting.connecting;
      const [enter] = stage;
      if (!enter) return;
      stage.delete(enter);
      inside += 1;
      enter();
    }
  }

  function turn(stage: Stage): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(giveUp);
        resolve();
      };
      const giveUp = setTimeout(() => {
        waiting[stage].delete(enter);
        reject(new NoTurn("too many arrive at a time"));
      }, patienceMs[stage]);
      waiting[stage].add(enter);
      letIn();
    });
  }

  return async (stage, work) => {
    await turn(stage);
    try {
      return await work();
    } finally {
      inside -= 1;
      letIn();
    }
  };
}

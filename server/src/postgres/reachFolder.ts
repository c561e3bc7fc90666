// The way to a data folder's server and lock: finds the server or starts it, and tries the lock until there is an answer.
import { setTimeout as sleep } from "node:timers/promises";
import { type PostgresAddress, type Turn, tryFolderLock } from "./folderLock.ts";
import { findPostmaster } from "./pidFile.ts";
import type { PostgresPlace } from "./postgresFolder.ts";
import { isRunning, type Postmaster, startPostmaster, stopServer } from "./postmaster.ts";
import { lastWords } from "./programs.ts";

type Say = (fields: object, text: string) => void;

/** What is used of pino's logger. */
export type ServerLog = { info: Say; warn: Say; error: Say };

export type Approach = {
  readonly place: PostgresPlace;
  readonly address: PostgresAddress;
  readonly settings?: Record<string, string>;
  readonly log: ServerLog;
  readonly signal: AbortSignal;
  /** The server this gateway started last, if it did. */
  own: Postmaster | undefined;
};

type Manner = {
  /** Lets a holder who is coming back go first. */
  hesitationMs?: number;
  /** Once a conversation is going on, giving up helps nobody. */
  endlessly?: boolean;
};

/** Starts that end at once before the first start is given up, about 8 s with the pauses between. */
const startsUntilGivenUp = 10;

/** Resolves when the server answers: the lock is held by us, or taken. Rejects when the server does not stay up. */
export async function reachFolder(
  approach: Approach,
  { hesitationMs = 0, endlessly = false }: Manner = {},
): Promise<Turn> {
  const { place, address, signal } = approach;
  let starts = 0;
  try {
    for (let tries = 0; ; tries += 1) {
      signal.throwIfAborted();
      const turn = await tryFolderLock(address, hesitationMs);
      if (turn.kind !== "unreachable") return turn;
      signal.throwIfAborted();
      // A server that is starting, recovering or shutting down is waited for, not raced.
      if (!isRunning(approach.own) && findPostmaster(place) === undefined) {
        if (starts > 0) await reportEnd(approach, starts);
        if (starts >= startsUntilGivenUp && !endlessly)
          throw new Error(`The embedded Postgres does not start:\n${lastWords(place.logFile)}`);
        approach.own = startPostmaster(place, approach.settings);
        starts += 1;
      }
      await sleep(pauseMs(tries, starts), undefined, { signal });
    }
  } catch (failure) {
    // What was started here for nobody is not left behind. Once a lock has been seen, by `turn`, it is somebody's.
    if (!endlessly && isRunning(approach.own)) await stopServer(place, approach.own);
    throw failure;
  }
}

/** Quick while a start is expected to succeed (it takes 50 ms), slower the longer it does not. */
function pauseMs(tries: number, starts: number): number {
  return starts <= 1 ? Math.min(10 + tries, 250) : Math.min(25 * 2 ** starts, 1_000);
}

async function reportEnd({ own, log, place }: Approach, starts: number): Promise<void> {
  // Usual once after a crash: remains of the killed server still hold its shared memory.
  log.warn(
    { folder: place.folder, starts, how: await own?.end },
    "the embedded Postgres ended at its start; trying again",
  );
}

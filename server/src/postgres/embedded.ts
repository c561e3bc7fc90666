// The embedded Postgres: started, watched, started again when it dies, stopped at the end; for one gateway per data folder.
// Called by main.ts when DATABASE_URL is unset, and by tests.
import { setTimeout as sleep } from "node:timers/promises";
import { awaitFolderLock, type FolderLock, type PostgresAddress, tryFolderLock } from "./folderLock.ts";
import { findPostmaster } from "./pidFile.ts";
import { preparePostgresFolder } from "./postgresFolder.ts";
import { addressOf, stopServer } from "./postmaster.ts";
import { type Approach, reachFolder, type ServerLog } from "./reachFolder.ts";

export type { PostgresAddress } from "./folderLock.ts";

export type EmbeddedPostgres = {
  /** Stays the same while the gateway runs, however often the server is started again. */
  readonly address: PostgresAddress;
  /** Stops the server and gives the folder up. May be called more than once. */
  stop(): Promise<void>;
  /** Process id of the running server, for tests of faults. */
  pid(): number | undefined;
};

export type EmbeddedOptions = {
  /** BATON_DATA_DIR; made when missing. */
  dataDir: string;
  log: ServerLog;
  /** More Postgres settings, for tests. */
  settings?: Record<string, string>;
  /** Gives up starting, or waiting for another gateway to end. */
  signal?: AbortSignal;
  /** The server had died and is there again. */
  onRestart?: () => void;
  /** Another gateway has taken the folder while this one could not hold it: the process must end. */
  onLost?: (reason: Error) => void;
};

/** Time a holder whose server broke has to start it again and be first at the lock. */
const headStartMs = 500;
const hesitationMs = 1_000;

/** Resolves when this gateway holds the folder and its server answers. Rejects with the cause and its mend. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const place = await preparePostgresFolder(options.dataDir);
  const stopping = new AbortController();
  const approach: Approach = { ...options, place, address: addressOf(place), signal: stopping.signal, own: undefined };
  const giveUp = () => stopping.abort(options.signal?.reason);
  if (options.signal?.aborted) giveUp();
  options.signal?.addEventListener("abort", giveUp, { once: true });
  try {
    const lock = await waitForFolder(approach);
    return superviseServer(approach, { ...options, lock, stopping });
  } finally {
    options.signal?.removeEventListener("abort", giveUp);
  }
}

async function waitForFolder(approach: Approach): Promise<FolderLock> {
  const { place, address, signal, log } = approach;
  let turn = await reachFolder(approach);
  while (turn.kind !== "held") {
    log.warn({ folder: place.folder }, "another gateway uses this data folder; waiting until it ends");
    turn = await awaitFolderLock(address, signal);
    signal.throwIfAborted();
    if (turn.kind === "held") break;
    const politely = turn.kind === "ended";
    if (!politely) await sleep(headStartMs, undefined, { signal });
    turn = await reachFolder(approach, { hesitationMs: politely ? 0 : hesitationMs });
  }
  return turn.lock;
}

type Holding = Pick<EmbeddedOptions, "onLost" | "onRestart"> & { lock: FolderLock; stopping: AbortController };

function superviseServer(approach: Approach, { lock, stopping, onLost, onRestart }: Holding): EmbeddedPostgres {
  const { place, address } = approach;
  let held: FolderLock | undefined = lock;
  let stopped: Promise<void> | undefined;
  const watching = watch();
  return {
    address,
    pid: () => findPostmaster(place),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };

  /**
   * The lock's connection ends within milliseconds of the server, whoever started the server and however it died,
   * and also when one backend crashed and all were thrown out. So one event serves for all of these.
   */
  async function watch(): Promise<void> {
    const ended = new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
    while (held !== undefined) {
      await Promise.race([held.lost, ended]);
      if (stopping.signal.aborted) return;
      approach.log.warn({ folder: place.folder }, "the embedded Postgres is gone; starting it again");
      held = await regain(approach);
      if (stopping.signal.aborted) return;
      if (held === undefined) onLost?.(new Error(`Another gateway has taken ${place.folder} over.`));
      else tellBack();
    }
  }

  function tellBack(): void {
    approach.log.info({ folder: place.folder, pid: findPostmaster(place) }, "the embedded Postgres is back");
    onRestart?.();
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await watching;
    // Stopped amid a restart: whether somebody else was quicker decides whose server it is.
    if (held === undefined) {
      const turn = await tryFolderLock(address);
      if (turn.kind === "taken") return;
      if (turn.kind === "held") held = turn.lock;
    }
    // The lock is held until the server has ended, so that no waiting gateway is let in only to lose its server.
    await stopServer(place, approach.own);
    held?.release();
  }
}

/** `undefined`: another gateway has it, or this one is stopping without having got it back. */
async function regain(approach: Approach): Promise<FolderLock | undefined> {
  let refusals = 0;
  while (!approach.signal.aborted) {
    try {
      const turn = await reachFolder(approach, { endlessly: true });
      if (turn.kind === "held") return turn.lock;
      // Our own former backend may take a moment to notice that its connection is gone.
      refusals += 1;
      if (refusals > 4) return undefined;
      await sleep(250, undefined, { signal: approach.signal });
    } catch (failure) {
      if (approach.signal.aborted) break;
      approach.log.error({ err: failure }, "the embedded Postgres cannot be started; trying again");
      await sleep(headStartMs);
    }
  }
  return undefined;
}

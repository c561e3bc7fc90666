// One gateway per data folder, by an advisory lock held on a connection of its own to the folder's server. The kernel closes
// that connection however the gateway ends, so the next one is let in at once and no lock file can go stale.
import { createConnection, type Socket } from "node:net";
import postgres from "postgres";

export type PostgresAddress = {
  /** Folder of the unix socket. */
  host: string;
  port: number;
  database: string;
  username: string;
  password?: string;
};

export type FolderLock = {
  /** Resolves when the connection, and the lock with it, is gone. */
  lost: Promise<void>;
  release(): void;
};

/** `ended`: the holder stopped the server as it left. `dropped`: the connection broke, so the holder may be about to return. */
export type Turn = { kind: "held"; lock: FolderLock } | { kind: "unreachable" | "taken" | "ended" | "dropped" };

/** Any number will do, as long as it is not one of the migrations' or the application's locks. */
const lockId = 0x6261746f6e;

/** A starting or stopping server answers at once, so silence means that it is frozen. */
const silenceMs = 5_000;

/** Tries once; `unreachable` when the server does not answer, `taken` when another gateway holds the folder. */
export async function tryFolderLock(address: PostgresAddress, hesitationMs = 0): Promise<Turn> {
  const line = await openLine(address);
  if (line === undefined) return { kind: "unreachable" };
  line.socket.setTimeout(hesitationMs + silenceMs, () => line.socket.destroy());
  try {
    if (hesitationMs > 0) await line.ask(line.sql`select pg_sleep(${hesitationMs / 1_000})`);
    const rows = await line.ask(line.sql`select pg_try_advisory_lock(${lockId}::bigint) as held`);
    line.socket.setTimeout(0);
    if (rows[0]?.held === true) return { kind: "held", lock: line };
    line.release();
    return { kind: "taken" };
  } catch (failure) {
    line.release();
    // The only answer of a running server that trying again cannot mend.
    if (codeOf(failure) === "28P01") throw failure;
    return { kind: "unreachable" };
  }
}

/** Waits until the holder has ended, or its server has. */
export async function awaitFolderLock(address: PostgresAddress, signal: AbortSignal): Promise<Turn> {
  const line = await openLine(address);
  if (line === undefined) return { kind: "dropped" };
  if (signal.aborted) line.release();
  signal.addEventListener("abort", line.release, { once: true });
  try {
    await line.ask(line.sql`select pg_advisory_lock(${lockId}::bigint)`);
    // When the server is killed, the holder's backend may die some ms before ours and leave us the lock of a dead server.
    await line.ask(line.sql`select pg_sleep(0.1)`);
    return { kind: "held", lock: line };
  } catch (failure) {
    line.release();
    return { kind: codeOf(failure) === "57P01" ? "ended" : "dropped" };
  } finally {
    signal.removeEventListener("abort", line.release);
  }
}

type Line = FolderLock & {
  socket: Socket;
  sql: postgres.Sql;
  /** The answer, or a rejection as soon as the connection is gone. */
  ask<T>(query: Promise<T>): Promise<T>;
};

/**
 * The socket is ours and the driver only speaks over it: the lock lives and dies with this one connection, so the driver's
 * reconnecting must never hide its end, and closing must not wait for a backend that itself waits for the lock.
 */
async function openLine({ host, port, ...account }: PostgresAddress): Promise<Line | undefined> {
  const socket = createConnection(`${host}/.s.PGSQL.${port}`);
  const lost = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const connected = new Promise<boolean>((resolve) =>
    socket.once("connect", () => resolve(true)).on("error", () => resolve(false)),
  );
  if (!(await connected)) return undefined;
  const options = {
    ...account,
    max: 1,
    max_lifetime: null,
    fetch_types: false,
    prepare: false,
    // A waiter that was killed leaves the queue within a second, not when its turn comes.
    connection: { application_name: "baton folder lock", client_connection_check_interval: 1_000 },
    onnotice: () => {},
    socket: () => {
      if (socket.destroyed) throw new Error("The connection of the folder's lock has ended.");
      return socket;
    },
  };
  const sql = postgres(options);
  const release = () => {
    socket.destroy();
    sql.end({ timeout: 0 }).catch(() => {});
  };
  const gone = lost.then(() => Promise.reject(new Error("The connection of the folder's lock has ended.")));
  gone.catch(() => {});
  return { socket, sql, lost, release, ask: (query) => Promise.race([query, gone]) };
}

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && "code" in failure ? failure.code : undefined;
}

// One gateway per data folder, by an advisory lock held on a connection of its own to the folder's server. The kernel closes
// that connection however the gateway ends, so the next one is let in at once and no lock file can go stale.
import { Socket } from "node:net";
import { Client } from "pg";

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
    if (hesitationMs > 0) await line.ask("select pg_sleep($1)", [hesitationMs / 1_000]);
    const row = await line.ask("select pg_try_advisory_lock($1::bigint) as held", [lockId]);
    line.socket.setTimeout(0);
    if (row?.held === true) return { kind: "held", lock: line };
    line.release();
    return { kind: "taken" };
  } catch {
    line.release();
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
    await line.ask("select pg_advisory_lock($1::bigint)", [lockId]);
    // When the server is killed, the holder's backend may die some ms before ours and leave us the lock of a dead server.
    await line.ask("select pg_sleep(0.1)", []);
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
  /** The first row, or a rejection as soon as the connection is gone. */
  ask(text: string, values: readonly unknown[]): Promise<Record<string, unknown> | undefined>;
};

/**
 * The socket is ours and the driver only speaks over it: closing must not wait for a backend that itself waits for the
 * lock, so the socket is destroyed rather than the client ended.
 */
async function openLine({ host, port, username, ...account }: PostgresAddress): Promise<Line | undefined> {
  const socket = new Socket();
  const lost = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  // A waiter that was killed leaves the queue within a second, not when its turn comes.
  const options = "-c client_connection_check_interval=1000";
  const client = new Client({
    host,
    port,
    user: username,
    ...account,
    options,
    application_name: "baton folder lock",
    stream: () => socket,
  });
  // Told by `lost`; unhandled it would end the process.
  client.on("error", () => {});
  try {
    await Promise.race([
      client.connect(),
      lost.then(() => Promise.reject(new Error("The folder's server does not answer."))),
    ]);
  } catch (failure) {
    socket.destroy();
    // The only answer of a running server that trying again cannot mend.
    if (codeOf(failure) === "28P01") throw failure;
    return undefined;
  }
  const gone = lost.then(() => Promise.reject(new Error("The connection of the folder's lock has ended.")));
  gone.catch(() => {});
  const ask = async (text: string, values: readonly unknown[]) => {
    const { rows } = await Promise.race([client.query(text, [...values]), gone]);
    return rows[0] as Record<string, unknown> | undefined;
  };
  return { socket, lost, ask, release: () => void socket.destroy() };
}

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && "code" in failure ? failure.code : undefined;
}

// One gateway per data folder, by an advisory lock held on a connection of its own to the folder's server. The kernel closes
// that connection however the gateway ends, so the next one is let in at once and no lock file can go stale.
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
  release(): Promise<void>;
};

/** `ended`: the holder stopped the server as it left. `dropped`: the connection broke, so the holder may be about to return. */
export type Turn = { kind: "held"; lock: FolderLock } | { kind: "unreachable" | "taken" | "ended" | "dropped" };

/** Any number will do, as long as it is not one of the migrations' or the application's locks. */
const lockId = 0x6261746f6e;

/** Tries once; `unreachable` when the server does not answer, `taken` when another gateway holds the folder. */
export async function tryFolderLock(address: PostgresAddress, hesitationMs = 0): Promise<Turn> {
  const line = openLine(address);
  try {
    if (hesitationMs > 0) await line.sql`select pg_sleep(${hesitationMs / 1_000})`;
    const rows = await line.sql`select pg_try_advisory_lock(${lockId}::bigint) as held`;
    if (rows[0]?.held === true) return { kind: "held", lock: line };
    await line.release();
    return { kind: "taken" };
  } catch (failure) {
    await line.release();
    if (isWrongPassword(failure)) throw failure;
    return { kind: "unreachable" };
  }
}

/** Waits until the holder has ended, or its server has. */
export async function awaitFolderLock(address: PostgresAddress, signal: AbortSignal): Promise<Turn> {
  const line = openLine(address);
  const abort = () => void line.release();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await line.sql`select pg_advisory_lock(${lockId}::bigint)`;
    return { kind: "held", lock: line };
  } catch (failure) {
    await line.release();
    return { kind: codeOf(failure) === "57P01" ? "ended" : "dropped" };
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function openLine(address: PostgresAddress): FolderLock & { sql: postgres.Sql } {
  let close = () => {};
  const lost = new Promise<void>((resolve) => {
    close = resolve;
  });
  const sql = postgres({
    ...address,
    max: 1,
    connect_timeout: 5,
    // The driver renews connections now and then unless told otherwise; this one is the lock.
    max_lifetime: null,
    idle_timeout: 0,
    fetch_types: false,
    prepare: false,
    connection: { application_name: "baton folder lock" },
    onclose: () => close(),
    onnotice: () => {},
  });
  return { sql, lost, release: () => sql.end({ timeout: 0 }) };
}

/** The only answer of a running server that trying again cannot mend. */
function isWrongPassword(failure: unknown): boolean {
  return codeOf(failure) === "28P01";
}

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && "code" in failure ? failure.code : undefined;
}

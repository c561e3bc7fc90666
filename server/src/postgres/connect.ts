/** The pool. One shape for the embedded server and for the operator's own. */
import pg from "pg";
import { statement } from "./sql.ts";
import { isUnanswered } from "./storageDown.ts";

/** Runs one statement. Values become parameters; see sql.ts for parts of text. */
export type Queryable = <Row extends object = Record<string, unknown>>(
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
) => Promise<Row[]>;

/** Inside a transaction. `script` runs several statements without parameters. */
export type Tx = Queryable & { script(text: string): Promise<void> };

export type Sql = Queryable & {
  /** Commits what `work` did, or nothing of it. Never runs it twice. */
  begin<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  script(text: string): Promise<void>;
  /** Waits for what runs, then closes every connection. */
  end(): Promise<void>;
};

export type DatabaseTarget =
  | string
  | { host: string; port: number; database: string; username: string; password?: string };

/** Connections of one gateway. Five of them at most are busy with what the user queue writes; the rest read. */
const POOL_SIZE = 10;
/** A server that takes longer to answer a connection is away. */
const CONNECT_WITHIN_MS = 5_000;
/** No statement of ours takes a tenth of it: whoever waits longer waits for a server that is away. */
const ANSWER_WITHIN_MS = 30_000;
/** The system's own is 2 h. */
const KEEP_ALIVE_AFTER_MS = 10_000;
/** The longest that a timer takes, 24 days. The driver takes 0 for «as the pool says». */
const NO_TIMEOUT_MS = 2_147_483_647;

/** @param answerWithinMs for each statement; scripts (migrations) take as long as they take */
export function connectPostgres(target: DatabaseTarget, poolSize = POOL_SIZE, answerWithinMs = ANSWER_WITHIN_MS): Sql {
  const pool = new pg.Pool({
    ...accountOf(target),
    max: poolSize,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    idleTimeoutMillis: 0,
    // A link that is half open is noticed: at rest by the system, amid a statement by the driver.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    query_timeout: answerWithinMs,
    application_name: "baton",
  });
  // An idle connection tells of the server's end here, a busy one in its query: unhandled, either ends the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return Object.assign(queryOn(pool), {
    begin: <T>(work: (tx: Tx) => Promise<T>) => transaction(pool, work),
    script: (text: string) => runScript(pool, text),
    end: () => pool.end(),
  });
}

function accountOf(target: DatabaseTarget): pg.PoolConfig {
  if (typeof target === "string") return { connectionString: target };
  const { username, ...place } = target;
  return { ...place, user: username };
}

function queryOn(on: pg.Pool | pg.PoolClient): Queryable {
  return async <Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]) => {
    const { rows } = await on.query<Row>(statement(strings, values));
    return rows;
  };
}

async function runScript(on: pg.Pool | pg.PoolClient, text: string): Promise<void> {
  await on.query(Object.assign({ text }, { query_timeout: NO_TIMEOUT_MS }));
}

async function transaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await work(Object.assign(queryOn(client), { script: (text: string) => runScript(client, text) }));
    await client.query("COMMIT");
    return result;
  } catch (error) {
    // A rollback would wait behind the statement that is not answered. (`pool.query` throws its connection away itself.)
    broken = isUnanswered(error) ? error : await rollBack(client);
    throw error;
  } finally {
    // A connection that is not answered, or could not even roll back, is thrown away.
    client.release(broken);
  }
}

async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error("rolling back failed", { cause: error });
  }
}

/** What a server must guarantee for an acknowledgement to be true. Rule: docs/operations.md, «Postgres». */
export async function refuseUnsafeServer(sql: Sql): Promise<void> {
  const rows = await sql<{ name: string; setting: string }>`
    SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'server_encoding')`;
  const settings = new Map(rows.map((row) => [row.name, row.setting]));
  const unsafe = "an acknowledged message could be lost";
  const problems = [
    settings.get("fsync") === "off" && `fsync is off: ${unsafe}. Set fsync = on.`,
    settings.get("synchronous_commit") === "off" &&
      `synchronous_commit is off: ${unsafe}. Set synchronous_commit = on.`,
    settings.get("server_encoding") !== "UTF8" && "the database is not UTF8. Create it with ENCODING 'UTF8'.",
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new Error(`This Postgres cannot keep Baton's promises:\n- ${problems.join("\n- ")}`);
}

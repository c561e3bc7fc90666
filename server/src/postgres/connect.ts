/** The pool. One shape for the embedded server and for the operator's own. */
import postgres from "postgres";

export type Sql = postgres.Sql;
/** Inside a transaction. */
export type Tx = postgres.TransactionSql;
export type Queryable = Sql | Tx;

export type DatabaseTarget =
  | string
  | { host: string; port: number; database: string; username: string; password?: string };

/** Connections of one gateway. Four of them at most are busy with appends; the rest read. */
const POOL_SIZE = 10;

export function connectPostgres(target: DatabaseTarget, pool = POOL_SIZE): Sql {
  const options: postgres.Options<Record<string, never>> = {
    max: pool,
    // A cold pool must not wait long for a server that comes back: the default backs off up to 20 s.
    backoff: () => 0.1,
    connect_timeout: 5,
    idle_timeout: 0,
    onnotice: () => {},
    connection: { application_name: "baton", default_transaction_isolation: "read committed" },
  };
  if (typeof target === "string") return postgres(target, options);
  // The driver wants a path for a unix socket, not its folder.
  return postgres({ ...options, ...target, path: `${target.host}/.s.PGSQL.${target.port}` });
}

/** What a server must guarantee for an acknowledgement to be true. Rule: docs/operations.md, «Postgres». */
export async function refuseUnsafeServer(sql: Sql): Promise<void> {
  const rows = await sql<{ name: string; setting: string }[]>`
    SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'server_encoding')`;
  const settings = new Map(rows.map((row) => [row.name, row.setting]));
  const problems = [
    settings.get("fsync") === "off" && "fsync is off: an acknowledged message could be lost. Set fsync = on.",
    settings.get("synchronous_commit") === "off" &&
      "synchronous_commit is off: an acknowledged message could be lost. Set synchronous_commit = on.",
    settings.get("server_encoding") !== "UTF8" && "the database is not UTF8. Create it with ENCODING 'UTF8'.",
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new Error(`This Postgres cannot keep Baton's promises:\n- ${problems.join("\n- ")}`);
}

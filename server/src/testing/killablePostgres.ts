/** A Postgres on a folder of its own that nobody starts again by itself: tests of faults kill it, and say when it returns. */
import { join } from "node:path";
import { connectPostgres, type Sql } from "../postgres/connect.ts";
import type { PostgresAddress } from "../postgres/folderLock.ts";
import { findPostmaster, port } from "../postgres/pidFile.ts";
import { preparePostgresFolder } from "../postgres/postgresFolder.ts";
import { addressOf, stopServer } from "../postgres/postmaster.ts";
import { type Approach, reachFolder, type ServerLog } from "../postgres/reachFolder.ts";

export type KillablePostgres = {
  readonly address: PostgresAddress;
  /** Of its unix socket. */
  readonly path: string;
  /** Straight to the server, past every proxy. */
  readonly sql: Sql;
  /** Of the running server; its own children are not among these. */
  pid(): number | undefined;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** SIGKILL to the server, whose backends then end by themselves. */
  kill(): Promise<void>;
  /** SIGINT: what runs is rolled back. */
  stop(): Promise<void>;
  /** Stopped, and hung up. */
  close(): Promise<void>;
};

const quiet: ServerLog = { info() {}, warn() {}, error() {} };
const CONNECTIONS = 2;

/** @param settings of postgresql.conf, beyond those of the embedded server */
export async function killablePostgres(
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<KillablePostgres> {
  const place = await preparePostgresFolder(dataDir);
  const address = addressOf(place);
  const { signal } = new AbortController();
  const approach: Approach = { place, address, settings, log: quiet, signal, own: undefined };
  const sql = connectPostgres(address, CONNECTIONS);
  const pid = () => findPostmaster(place);
  const stop = () => stopServer(place, approach.own);

  async function start(): Promise<void> {
    const turn = await reachFolder(approach);
    if (turn.kind !== "held") throw new Error(`somebody else uses the folder: ${turn.kind}`);
    turn.lock.release();
  }

  async function kill(): Promise<void> {
    const running = pid();
    if (running === undefined) return;
    process.kill(running, "SIGKILL");
    await approach.own?.end;
  }

  async function close(): Promise<void> {
    await stop();
    await sql.end();
  }

  await start();
  return { address, path: join(address.host, `.s.PGSQL.${port}`), sql, pid, start, kill, stop, close };
}

/** A connection to the Postgres behind a gateway under measurement: the bench's own, or an embedded one, found in its data folder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
// biome-ignore lint/style/noRestrictedImports: 100,000 deadlines due in a minute cannot be made over the wire; this is where the bench reaches behind it.
import { connectPostgres, type Sql } from "@baton/server/postgres/connect";

export type { Sql };
export type Database = { host: string; port: number; database: string; username: string; password?: string };

/** In Postgres' own file, counted from 0. */
const [PORT_LINE, SOCKET_FOLDER_LINE] = [3, 4];
/** So many rows are more than one statement of the gateway ever writes. */
const ANSWER_WITHIN_MS = 120_000;

export function connectDatabase(database: Database): Sql {
  return connectPostgres(database, 1, ANSWER_WITHIN_MS);
}

export function embeddedDatabase(dataDir: string): Database {
  const folder = join(dataDir, "postgres");
  const lines = readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n");
  return {
    host: lines[SOCKET_FOLDER_LINE] ?? "",
    port: Number(lines[PORT_LINE]),
    database: "postgres",
    username: "baton",
    password: readFileSync(join(folder, "password"), "utf8").trim(),
  };
}

/**
 * Runs the numbered files of migrations/ that this database has not seen, under a lock, at every start.
 * Called by the composition root before anything else reads a table. Each file and its mark are one transaction,
 * so a process killed in the middle has done nothing. A landed file is never edited: its hash is compared.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Sql, Tx } from "./connect.ts";

const FOLDER = new URL("./migrations/", import.meta.url);
/** Any number, the same for all nodes: «B», «a», «t», «o», «n». */
const LOCK_KEY = 66_9711_6111;
const DEADLOCK_DETECTED = "40P01";
const MOST_TRIES = 10;

type Migration = { name: string; text: string; hash: string };

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, FOLDER), "utf8");
      return { name, text, hash: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

/**
 * Names that this version does not know are let be: in a rolling deploy a newer node may have run first.
 * @throws when a landed file was edited
 */
export async function migrate(sql: Sql): Promise<readonly string[]> {
  const migrations = await readMigrations();
  const applied: string[] = [];
  for (;;) {
    const name = await untilLetIn(() => sql.begin((tx) => applyNext(tx, migrations)));
    if (name === undefined) return applied;
    applied.push(name);
  }
}

/** @returns undefined when nothing is left to do */
async function applyNext(tx: Tx, migrations: readonly Migration[]): Promise<string | undefined> {
  // A script, which has no time limit: another node's migrations may take long.
  await tx.script(`SELECT pg_advisory_xact_lock(${LOCK_KEY})`);
  await tx`CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, hash text NOT NULL, at timestamptz NOT NULL DEFAULT now())`;
  const rows = await tx<{ name: string; hash: string }>`SELECT name, hash FROM migrations`;
  const done = new Map(rows.map(({ name, hash }) => [name, hash]));
  const edited = migrations.find(({ name, hash }) => done.has(name) && done.get(name) !== hash);
  if (edited) {
    throw new Error(`Migration ${edited.name} was changed after it was applied: restore the file, add a new one.`);
  }
  const next = migrations.find(({ name }) => !done.has(name));
  if (!next) return undefined;
  await tx.script(next.text);
  await tx`INSERT INTO migrations (name, hash) VALUES (${next.name}, ${next.hash})`;
  return next.name;
}

/** Beside nodes that serve, a file that locks more than one table can meet a write that holds the other: it is tried anew. */
async function untilLetIn<T>(apply: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await apply();
    } catch (error) {
      const isDeadlock = error instanceof Error && "code" in error && error.code === DEADLOCK_DETECTED;
      if (!isDeadlock || tries === MOST_TRIES) throw error;
    }
  }
}

/**
 * Runs the numbered files of migrations/ that this database has not seen, under a lock, at every start.
 * Called by the composition root before anything else reads a table. Each file and its mark are one transaction,
 * so a process killed in the middle has done nothing. A landed file is never edited: its hash is compared.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Sql } from "./connect.ts";

const FOLDER = new URL("./migrations/", import.meta.url);
/** Any number, the same for all nodes: «B», «a», «t», «o», «n». */
const LOCK_KEY = 66_9711_6111;

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
  return sql.begin(async (tx) => {
    // A script, which has no time limit: another node's migrations may take long.
    await tx.script(`SELECT pg_advisory_xact_lock(${LOCK_KEY})`);
    await tx`CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, hash text NOT NULL, at timestamptz NOT NULL DEFAULT now())`;
    const done = new Map(
      (await tx<{ name: string; hash: string }>`SELECT name, hash FROM migrations`).map((r) => [r.name, r.hash]),
    );
    const applied: string[] = [];
    for (const migration of migrations) {
      const before = done.get(migration.name);
      if (before !== undefined && before !== migration.hash) {
        throw new Error(
          `Migration ${migration.name} was changed after it was applied: restore the file, add a new one.`,
        );
      }
      if (before !== undefined) continue;
      await tx.script(migration.text);
      await tx`INSERT INTO migrations (name, hash) VALUES (${migration.name}, ${migration.hash})`;
      applied.push(migration.name);
    }
    return applied;
  });
}

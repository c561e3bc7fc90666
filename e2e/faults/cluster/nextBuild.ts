/** The build that will follow this one: N + 1, made of a copy of N, one more migration, and nothing else that is new. */
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

export type NextBuild = {
  /** For ClusterNode.start. */
  readonly main: string;
  /** Of its migration: a database that knows it was served by N + 1. */
  readonly migration: string;
  remove(): void;
};

/** By its package's name: from the sources and from what is built of them alike. */
const DIST = dirname(createRequire(import.meta.url).resolve("@baton/server/main"));
const REPOSITORY = join(DIST, "..", "..");
const MIGRATION = "9999_of_the_next_build.sql";

/**
 * A table that N does not know, and in one that it reads with every breath a column. In one alone: locks on two, taken while
 * people write, may meet theirs in the other order, and a start that ends in a deadlock is another story.
 */
const SCRIPT = `
  CREATE TABLE of_the_next_build (id text PRIMARY KEY);
  ALTER TABLE sessions ADD COLUMN of_the_next_build text;
`;

export function nextBuild(): NextBuild {
  const home = mkdtempSync(join(tmpdir(), "baton-next-"));
  const isNeeded = (path: string) => !/\.(map|d\.ts|test\.js)$/.test(basename(path));
  cpSync(DIST, join(home, "server", "dist"), { recursive: true, filter: isNeeded });
  cpSync(join(DIST, "..", "package.json"), join(home, "server", "package.json"));
  writeFileSync(join(home, "server", "dist", "postgres", "migrations", MIGRATION), SCRIPT);
  // What it shares with N is found where N finds it.
  for (const shared of ["node_modules", "server/node_modules", "client-widget"]) {
    const there = join(REPOSITORY, shared);
    if (existsSync(there)) symlinkSync(there, join(home, shared));
  }
  const remove = () => rmSync(home, { recursive: true, force: true });
  return { main: join(home, "server", "dist", "main.js"), migration: MIGRATION, remove };
}

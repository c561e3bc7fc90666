// Postgres' disk is full, then not: a small disk of its own (tmpfs), which takes root on Linux to make. Skipped elsewhere, and says so.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import type { Fault } from "./nemesis/fault.ts";
import { SHORT_CROWD, type Stage, setStage } from "./nemesis/stage.ts";
import { seedOf, seedOfRun } from "./seed.ts";

const SIZE_MB = 160;

const seed = seedOfRun();
let disk: string;
let stage: Stage;
const tmpBefore = process.env.TMPDIR;

function mayMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), "baton-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place]).status === 0;
  if (mounted) execFileSync("umount", [place]);
  rmSync(place, { recursive: true });
  return mounted;
}

const canMount = mayMount();

beforeAll(async () => {
  if (!canMount) return console.warn("diskFull: skipped, nothing may be mounted here (it takes root on Linux)");
  disk = mkdtempSync(join(tmpdir(), "baton-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MB}m,mode=0755`, "tmpfs", disk]);
  // The cluster's folders lie below it.
  process.env.TMPDIR = disk;
  stage = await setStage({ nodes: 2 });
}, 60_000);

afterAll(async () => {
  if (!canMount) return;
  await stage.close();
  if (tmpBefore === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = tmpBefore;
  await unmounted();
  rmSync(disk, { recursive: true });
}, 60_000);

/** Postgres' own children end a little later than it, and what they have open keeps the disk. */
async function unmounted(): Promise<void> {
  while (spawnSync("umount", [disk]).status !== 0) await sleep(200);
}

/** Writes until nothing more goes in. */
function fill(file: string): void {
  const zeros = Buffer.alloc(64 * 1_024);
  const descriptor = openSync(file, "w");
  try {
    for (let written = 0; written < SIZE_MB * 1_024 * 1_024; written += writeSync(descriptor, zeros));
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  } finally {
    closeSync(descriptor);
  }
}

const DISK_FULL: Fault = {
  name: "disk full",
  hits: "Postgres",
  lastsMs: { short: 4_000, long: 4_000 },
  async begin({ cluster, crowd }) {
    fill(join(disk, "filler"));
    // What is reserved already is used up: words need room.
    const stop = crowd.everyAcks(1, () => fill(join(disk, "filler-2")));
    const more = setInterval(() => void cluster.postgres.sql`SELECT pg_switch_wal()`.catch(() => {}), 200);
    return async () => {
      stop();
      clearInterval(more);
      for (const name of ["filler", "filler-2"]) rmSync(join(disk, name), { force: true });
      // Without room for its log Postgres ends itself, as it must; an operator starts it again.
      if (cluster.postgres.pid() === undefined) await cluster.postgres.start();
    };
  },
};

test.runIf(canMount)(
  "disk full: what cannot be stored is refused, never acknowledged, and goes on when there is room again",
  async () => {
    onTestFailed(() => console.error(stage.cluster.lastWords()));
    const trial = await stage.suffer([DISK_FULL], {
      seed: seedOf(seed, "disk full"),
      crowd: SHORT_CROWD,
      lasts: "short",
    });
    expect(trial.words).toBe("");
    expect(trial.refused.storage_unavailable).toBeGreaterThan(0);
  },
  90_000,
);

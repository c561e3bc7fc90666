// Reads the files by which Postgres guards a data folder and a socket, to find a server that a killed gateway left running.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { PostgresPlace } from "./postgresFolder.ts";

type Guarded = Pick<PostgresPlace, "folder" | "socketFolder">;

export const port = 5432;

/** The process id of the server that runs on this folder. */
export function findPostmaster(place: Guarded): number | undefined {
  const pid = readPid(pidFileOf(place));
  return pid !== undefined && isServerOf(pid, place) ? pid : undefined;
}

/**
 * Removes guards that name a process of somebody else. Postgres takes any living process of its own user for a rival and
 * refuses to start until that one ends, which can be never: after a restart of the container the number belongs to another
 * program, and where nobody waits for orphans the killed server stays in the table. Guards of the dead it replaces itself.
 */
export function removeStaleGuards(place: Guarded): void {
  // Elsewhere a living stranger cannot be told from a server.
  if (process.platform !== "linux") return;
  for (const file of [pidFileOf(place), join(place.socketFolder, `.s.PGSQL.${port}.lock`)]) {
    const pid = readPid(file);
    if (pid === undefined || !isAlive(pid) || isServerOf(pid, place)) continue;
    // Should a rival replace the file at this moment, Postgres' last guard, the shared memory, still refuses two servers.
    rmSync(file, { force: true });
  }
}

function pidFileOf({ folder }: Guarded): string {
  return join(folder, "data", "postmaster.pid");
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A server is known by its command line, which names its socket's folder; without /proc any living process counts. */
function isServerOf(pid: number, { socketFolder }: Guarded): boolean {
  if (process.platform !== "linux") return isAlive(pid);
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(socketFolder);
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === "EPERM";
  }
}

// Reads `postmaster.pid`, by which a server that a killed gateway left running is found again.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { PostgresPlace } from "./postgresFolder.ts";

/**
 * The process id of the server that runs on this folder. A file that names a process of somebody else is removed: Postgres
 * takes any living process of its own user for a rival and would refuse to start until that one ends, which after
 * a restart of the machine or container can be never. A file that names a dead process Postgres replaces itself.
 */
export function findPostmaster(place: Pick<PostgresPlace, "folder" | "socketFolder">): number | undefined {
  const file = join(place.folder, "data", "postmaster.pid");
  const pid = readPid(file);
  if (pid === undefined || !isAlive(pid)) return undefined;
  if (commandLineOf(pid).includes(place.socketFolder)) return pid;
  // Should a rival have replaced the file since it was read, Postgres' second guard, the shared memory, still refuses two servers.
  if (process.platform === "linux" && readPid(file) === pid) rmSync(file, { force: true });
  return undefined;
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Empty for a process that has ended and was not waited for, as happens in containers without an init. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
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

// Starts `initdb` and `postgres`: as another user if need be, in a session of their own, writing to the log file.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import type { SystemUser } from "./unprivileged.ts";

type Program = {
  folder: string;
  logFile: string;
  user: SystemUser | undefined;
  /** Is given the folder's path as the program must name it. */
  args: (folder: string) => string[];
};

/**
 * Under root on Linux the program is handed the open folder and names it by the descriptor. Such a name needs no right to
 * enter the folders above, which may be a home that only root may enter. Postgres changes into its data folder
 * once and names everything relative to it from then on.
 */
const inheritedFolder = "/proc/self/fd/3";

export function startProgram(path: string, { folder, logFile, user, args }: Program): ChildProcess {
  const handOver = user !== undefined && process.platform === "linux";
  const log = openSync(logFile, "a", 0o600);
  const open = handOver ? openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY) : undefined;
  try {
    return spawn(path, args(handOver ? inheritedFolder : folder), {
      // Its own session, so that Ctrl-C in the terminal reaches the gateway alone, which stops Postgres last.
      detached: true,
      // A file, not a pipe: a pipe would break, and Postgres with it, when the gateway is killed.
      stdio: ["ignore", log, log, ...(open === undefined ? [] : [open])],
      cwd: "/",
      // Nothing of the gateway's environment: a PGDATA or LC_ALL set for something else must not matter here.
      env: { LC_ALL: "C", PATH: "/usr/local/bin:/usr/bin:/bin" },
      ...user,
    });
  } finally {
    closeSync(log);
    if (open !== undefined) closeSync(open);
  }
}

/** Runs a program to its end. Rejects with the end of its output when it fails. */
export async function runProgram(path: string, program: Program): Promise<void> {
  const ending = await endOf(startProgram(path, program));
  if (ending !== undefined) throw new Error(`${path} ${ending}. Its last words:\n${lastWords(program.logFile)}`);
}

/** Resolves when the process has ended, with how, or with `undefined` when it ended well. */
export function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once("error", (failure) => resolve(`could not be started: ${failure.message}`));
    child.once("exit", (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`));
  });
}

export function lastWords(logFile: string): string {
  return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-8).join("\n");
}

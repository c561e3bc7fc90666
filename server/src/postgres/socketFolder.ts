// The folder of the embedded Postgres' unix socket. Its path follows from the data folder alone, so that a gateway
// finds the server that a killed one left running; and it is short, since a socket's path has 107 bytes at most.
import { createHash } from "node:crypto";
import { accessSync, chownSync, constants, lstatSync, mkdirSync, realpathSync, rmdirSync } from "node:fs";
import type { SystemUser } from "./unprivileged.ts";

/** The path that belongs to `dataDir`, which must exist. */
export function socketFolderOf(dataDir: string): string {
  const hash = createHash("sha256").update(realpathSync(dataDir)).digest("hex").slice(0, 16);
  return `${runtimeFolder()}/baton-${hash}`;
}

/** In /run nobody but root can make a folder first. The temporary folder is fixed too: TMPDIR differs between shells. */
function runtimeFolder(): string {
  if (process.getuid?.() !== 0) return "/tmp";
  try {
    accessSync("/run", constants.W_OK);
    return "/run";
  } catch {
    return "/tmp";
  }
}

/** Makes the folder for `user` alone, or checks that the one found there is such a folder. */
export function makeSocketFolder(folder: string, user: SystemUser | undefined): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
  }
  const found = lstatSync(folder);
  const owner = user?.uid ?? process.getuid?.();
  const madeByRoot = user !== undefined && found.uid === 0;
  if (!found.isDirectory() || (found.mode & 0o077) !== 0 || (found.uid !== owner && !madeByRoot)) {
    // Whoever owns it could take the socket's place and read everything that is written to the database.
    throw new Error(`${folder} is not a folder of the user who runs Postgres alone. Remove it and start again.`);
  }
  if (user !== undefined && found.uid !== user.uid) chownSync(folder, user.uid, user.gid);
}

/** Leaves a folder that is in use as it is. */
export function removeSocketFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty: another gateway has started the server again already. Missing: somebody tidied up.
  }
}

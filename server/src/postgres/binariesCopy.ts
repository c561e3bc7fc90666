// A copy of the Postgres programs in a place every user can reach, made by root when the checkout is out of reach.
// It is a cache: removing it while no gateway runs costs nothing but the next copy.
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

const cacheFolder = "/var/cache/baton";

/** Needed to compile against Postgres, not to run it. */
const needless = /\.a$|^pkgconfig$|^include$/;

/** Copies `folder` once for each `version` and returns the copy's path. Call it as root only. */
export function copyForEveryone(folder: string, version: string, cache: string = cacheFolder): string {
  mkdirSync(cache, { recursive: true });
  demandOurs(cache);
  chmodSync(cache, 0o755);
  const copy = join(cache, version);
  if (!exists(copy)) {
    // Renamed when complete: a kill in the middle leaves a folder that nobody looks at.
    const unfinished = `${copy}.new-${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    copyTree(folder, unfinished);
    try {
      renameSync(unfinished, copy);
    } catch (failure) {
      rmSync(unfinished, { recursive: true, force: true });
      // Another gateway was quicker; what it renamed is complete too.
      if (!exists(copy)) throw failure;
    }
  }
  demandOurs(copy);
  return copy;
}

/** Programs in it will be run: nobody but root may ever have been able to put something there. */
function demandOurs(folder: string): void {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new Error(`${folder} is not a folder that only root may write to. Remove it and start again.`);
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Modes are set, not copied: a checkout made under a strict umask would pass its strictness on. */
function copyTree(from: string, to: string): void {
  mkdirSync(to);
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (needless.test(entry.name)) continue;
    if (entry.isDirectory()) copyTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else {
      copyFileSync(source, target);
      chmodSync(target, (lstatSync(source).mode & 0o111) === 0 ? 0o644 : 0o755);
    }
  }
}

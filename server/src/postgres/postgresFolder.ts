// The embedded Postgres' folder in the data folder: `postgres/data` is the cluster, `postgres/password` lets the gateway in.
// Made under another name and renamed when complete, so a kill at any moment leaves a whole folder or none.
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isAlive } from "./pidFile.ts";
import { findPostgresBinaries, type PostgresBinaries } from "./postgresBinaries.ts";
import { runProgram } from "./programs.ts";
import { socketFolderOf } from "./socketFolder.ts";
import { chooseSystemUser, type SystemUser } from "./unprivileged.ts";

/** Everything about one data folder's server that does not change while the gateway runs. */
export type PostgresPlace = {
  /** The folder that holds `data` and `password`. */
  folder: string;
  /** Output of `initdb` and `postgres`. Beside `folder`, not in it: root must not write where Postgres' user can put a link. */
  logFile: string;
  socketFolder: string;
  user: SystemUser | undefined;
  binaries: PostgresBinaries;
  password: string;
};

export const databaseUser = "baton";
const largestLog = 5_000_000;
const unfinishedName = /^postgres\.new-(\d+)-/;

/** Finds or makes the folder. `dataDir` is made when missing, for its owner only. */
export async function preparePostgresFolder(dataDir: string): Promise<PostgresPlace> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const home = realpathSync(dataDir);
  const folder = join(home, "postgres");
  const user = chooseSystemUser(folder);
  const logFile = join(home, "postgres.log");
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > largestLog) truncateSync(logFile);
  const binaries = await findPostgresBinaries(user);
  removeUnfinished(home);
  if (!isWhole(folder)) await makeFolder(home, { user, logFile, binaries });
  giveTo(folder, user);
  return { folder, logFile, socketFolder: socketFolderOf(home), user, binaries, password: readPassword(folder) };
}

type Making = Pick<PostgresPlace, "user" | "logFile" | "binaries">;

async function makeFolder(home: string, making: Making): Promise<void> {
  const unfinished = join(home, `postgres.new-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(join(unfinished, "password"), randomBytes(24).toString("base64url"), { mode: 0o600, flush: true });
    giveTo(unfinished, making.user);
    await runProgram(making.binaries.initdb, { ...making, folder: unfinished, args: initdbArguments });
    renameSync(unfinished, join(home, "postgres"));
    flushFolder(home);
  } catch (failure) {
    rmSync(unfinished, { recursive: true, force: true, maxRetries: 3 });
    // Of two first starts at once the rename lets one win; the other opens the winner's folder.
    if (!isWhole(join(home, "postgres"))) throw failure;
  }
}

function initdbArguments(folder: string): string[] {
  const names = ["-D", `${folder}/data`, "--username", databaseUser, "--pwfile", `${folder}/password`];
  // The gateway's and Postgres' users differ under root, which rules out `peer`.
  const access = ["--auth-local=scram-sha-256", "--auth-host=reject"];
  // Built in, so that an upgrade of the system's libraries can never change the order of an index.
  const language = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  return [...names, ...access, ...language];
}

/** What a gateway killed amid `initdb` left behind. One that still works at it is let be. */
function removeUnfinished(home: string): void {
  for (const name of readdirSync(home)) {
    const maker = unfinishedName.exec(name)?.[1];
    if (maker === undefined || isAlive(Number(maker))) continue;
    rmSync(join(home, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

function isWhole(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false }) !== undefined;
}

/** New folders, and ones that came back from a backup as root's, become the property of Postgres' user. */
function giveTo(path: string, user: SystemUser | undefined): void {
  const found = statSync(path);
  if (user === undefined || found.uid === user.uid) return;
  // Children first: a kill half-way leaves the top as root's, and the next start goes on.
  if (found.isDirectory()) for (const name of readdirSync(path)) giveTo(join(path, name), user);
  chownSync(path, user.uid, user.gid);
}

function readPassword(folder: string): string {
  try {
    return readFileSync(join(folder, "password"), "utf8").trim();
  } catch (cause) {
    throw new Error(
      `Cannot read ${join(folder, "password")}. Start the gateway as the user who made the data folder, ` +
        "or set BATON_DATA_DIR to another folder.",
      { cause },
    );
  }
}

/** Without it a power cut could take the rename back after the first message was acknowledged. */
function flushFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY);
  fsyncSync(descriptor);
  closeSync(descriptor);
}

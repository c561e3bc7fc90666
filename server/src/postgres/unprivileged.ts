// Which operating system user the embedded Postgres runs as. Postgres refuses to run as root,
// so a gateway started as root lends it the identity of somebody who may do nothing else.
import { readFileSync, statSync } from "node:fs";

export type SystemUser = { uid: number; gid: number };

/** `postgres` is who operators expect to own such files; `nobody` exists everywhere. */
const candidates = ["postgres", "nobody"];

/**
 * The user for a server whose files are (or will be) in `folder`. `undefined` means: run as ourselves.
 * A folder that already belongs to an ordinary user keeps its owner, so that neither a gateway once started
 * without root nor a `postgres` user installed later finds its data out of reach.
 */
export function chooseSystemUser(folder: string): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = findSystemUser(readFileSync("/etc/passwd", "utf8"));
  if (user !== undefined) return user;
  throw new Error(
    "Postgres does not run as root, and this system has neither a user `postgres` nor `nobody` to run it as. " +
      "Start the gateway as an ordinary user, or set DATABASE_URL to a Postgres of your own.",
  );
}

export function findSystemUser(passwd: string): SystemUser | undefined {
  const rows = passwd.split("\n").map((line) => line.split(":"));
  for (const candidate of candidates) {
    const row = rows.find(([name]) => name === candidate);
    const uid = Number(row?.[2]);
    const gid = Number(row?.[3]);
    // An entry that maps to 0 would be root under another name.
    if (row !== undefined && Number.isInteger(uid) && Number.isInteger(gid) && uid !== 0) return { uid, gid };
  }
  return undefined;
}

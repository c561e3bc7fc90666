/** The data folder: making it, and the secrets kept in it. Called by main.ts and the command line. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { parseMasterKey } from "./config/environment.ts";

/** Only its owner may enter. An existing folder keeps the rights its owner gave it. */
export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`The data folder ${dataDir} cannot be made. Set BATON_DATA_DIR to a folder you may write to.`, {
      cause,
    });
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A whole file or none, also when killed half-way; of two who make it at once the first one's stays. */
async function makeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeNew(draft, text);
  try {
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
  } finally {
    await unlink(draft);
  }
}

async function readOrMake(dataDir: string, name: string): Promise<string> {
  await makeDataFolder(dataDir);
  const path = join(dataDir, name);
  const known = await readIfThere(path);
  if (known !== undefined) return known;
  await makeOnce(path, randomBytes(32).toString("base64"));
  // Read back: another process may have been first.
  return (await readIfThere(path)) ?? "";
}

/** The HS256 secret of the built-in demo site; made at the first call. */
export async function demoSecret(dataDir: string): Promise<string> {
  const secret = await readOrMake(dataDir, "demo-secret");
  if (secret.length >= 32) return secret;
  throw new Error(
    `${join(dataDir, "demo-secret")} is damaged. Delete it: a new one is made, and demo users sign in again.`,
  );
}

/**
 * The 32 bytes that wrap every user's key, when BATON_MASTER_KEY is not set; made at the first call. A damaged file is
 * never replaced: everything sealed under it would be lost.
 */
export async function masterKeyFile(dataDir: string): Promise<Buffer> {
  const key = parseMasterKey(await readOrMake(dataDir, "master-key"));
  if (key) return key;
  throw new Error(
    `${join(dataDir, "master-key")} is damaged. Restore it from your backup: without it nothing stored can be read.`,
  );
}

import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { demoSecret, makeDataFolder, masterKeyFile } from "./dataFolder.ts";

let root: string;
let dataDir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "baton-data-"));
  dataDir = join(root, "deep", ".baton");
});
afterEach(() => rm(root, { recursive: true }));

test("the folder and what is secret in it belong to their owner alone", async () => {
  await demoSecret(dataDir);
  await masterKeyFile(dataDir);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  for (const name of ["demo-secret", "master-key"]) expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
});

test("a secret stays the same from start to start", async () => {
  expect(await demoSecret(dataDir)).toBe(await demoSecret(dataDir));
  expect(await masterKeyFile(dataDir)).toEqual(await masterKeyFile(dataDir));
});

test("twenty who make it at once get the same, and leave nothing else behind", async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => masterKeyFile(dataDir)));
  expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
  expect(await readdir(dataDir)).toEqual(["master-key"]);
});

test("a damaged master key is never replaced", async () => {
  await makeDataFolder(dataDir);
  await writeFile(join(dataDir, "master-key"), "half of i");
  await expect(masterKeyFile(dataDir)).rejects.toThrow("Restore it from your backup");
});

test("a folder that cannot be made is told with its mend", async () => {
  await writeFile(join(root, "deep"), "");
  await expect(demoSecret(dataDir)).rejects.toThrow("Set BATON_DATA_DIR");
});

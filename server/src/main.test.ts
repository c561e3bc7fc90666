import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const NOBODY_LISTENS = 1;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-main-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The process as an operator runs it, until it ends by itself. */
async function main(words: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 15_000,
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (text) => {
    out += String(text);
  });
  child.stderr.on("data", (text) => {
    err += String(text);
  });
  const [code] = await once(child, "close");
  return { code, out, err };
}

test("asked for help it prints the usage, ends, and has started nothing", async () => {
  const { code, out, err } = await main(["--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("Usage: baton");
  expect(readdirSync(folder)).toEqual([]);
});

test("a word that it does not know starts nothing", async () => {
  const { code, out, err } = await main(["--prot", "4000"]);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("unknown option '--prot'");
  expect(readdirSync(folder)).toEqual([]);
});

test.each([[[]], [["start"]]])("started as %j without its database it says what to mend, and ends", async (words) => {
  const { code, out } = await main(words, {
    DATABASE_URL: `postgres://ada:hunter2@127.0.0.1:${NOBODY_LISTENS}/shop`,
    BATON_MASTER_KEY: "a".repeat(64),
  });
  expect(code).toBe(1);
  expect(out).toContain(`DATABASE_URL: no Postgres listens at 127.0.0.1:${NOBODY_LISTENS} (ECONNREFUSED). Start it`);
  expect(out).not.toContain("hunter2");
});

// However the tests end, whoever counts them is told in the last line.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A checkout of nothing but what runs the tests; its npm ends as the test says. */
function checkout(npm: string) {
  const folder = mkdtempSync(join(tmpdir(), "baton-last-line-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of [
    ".ci/run",
    "scripts/test.mjs",
    "scripts/install.mjs",
    "scripts/chromium.mjs",
    "scripts/failures.mjs",
    "scripts/node24.mjs",
    "scripts/redisServer.mjs",
  ]) {
    cpSync(join(root, name), join(folder, name));
  }
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "npm"), `#!/bin/sh\n${npm}\n`);
  chmodSync(join(folder, "bin", "npm"), 0o755);
  const path = `${join(folder, "bin")}${delimiter}${process.env.PATH}`;
  const { npm_execpath: _, ...environment } = process.env;
  const env = { ...environment, PATH: path };
  return {
    folder,
    run(program: string, ...args: string[]) {
      const { status, stdout } = spawnSync(program, args, { cwd: folder, env, encoding: "utf8" });
      return { status, last: stdout.trimEnd().split("\n").at(-1) };
    },
  };
}

test("a failed install is a failed run", () => {
  const { folder, run } = checkout("exit 7");
  writeFileSync(join(folder, "package-lock.json"), '{"packages":{"node_modules/left-out":{"version":"1.0.0"}}}');
  expect(run(process.execPath, "scripts/test.mjs")).toEqual({ status: 7, last: "0 passed, 1 failed" });
});

test("so is a mistake before the first test", () => {
  const { run } = checkout("exit 0");
  expect(run(process.execPath, "scripts/test.mjs")).toEqual({ status: 1, last: "0 passed, 1 failed" });
});

test.each([
  ["says nothing and fails", "exit 1", 1, "0 passed, 1 failed"],
  ["says nothing and ends well", "exit 0", 1, "0 passed, 1 failed"],
  ["is killed after other words", "echo words; kill -9 $$", 137, "0 passed, 1 failed"],
  ["counts and fails", "echo '3 passed, 1 failed'; exit 1", 1, "3 passed, 1 failed"],
  ["counts and ends well", "echo words; echo '3 passed, 0 failed'", 0, "3 passed, 0 failed"],
])("CI's last line when npm %s", (_, npm, status, last) => {
  expect(checkout(npm).run(".ci/run")).toEqual({ status, last });
});

// Node 24 beside the Node that runs: what is promised for both is tested on both.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.mjs";

const MAJOR = 24;
// Below node_modules: an install from scratch forgets it, and nobody commits it.
const folder = join(root, "node_modules", ".cache", `node${MAJOR}`);
const program = join(folder, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** The program to run the suites with once more; `trouble` says what to do where it cannot be had. */
export function demandNode24() {
  if (Number(process.versions.node.split(".")[0]) >= MAJOR) return { program: process.execPath, isThisOne: true };
  if (runs()) return { program };
  console.log(`Installing Node ${MAJOR} beside this one…`);
  mkdirSync(folder, { recursive: true });
  const args = [
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--prefix",
    folder,
    `node@${MAJOR}`,
  ];
  spawnSync("npm", args, { stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
  if (runs()) return { program };
  return {
    trouble: `Node ${MAJOR} could not be installed below ${folder}. Let npm reach its registry, or run the tests on Node ${MAJOR} yourself.`,
  };
}

function runs() {
  if (!existsSync(program)) return false;
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 && stdout.startsWith(`v${MAJOR}.`);
}

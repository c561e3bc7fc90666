// Builds the server before the tests: those that kill a process need one to kill, and Node 20 runs no TypeScript.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Errors of types are another check's to report; the compiler writes its output all the same. */
export default function setup(): Promise<void> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["scripts/build.mjs", "server"], { cwd: root }, () => resolve());
  });
}

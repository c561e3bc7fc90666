// Installs the dependencies when they are missing or the lockfile has changed since. Plain Node: on a fresh clone there is
// nothing else yet. Used by start, build and test; by itself: `node scripts/install.mjs`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}node_modules/.baton-installed`;
const leastNode = [20, 19];

export function installIfNeeded() {
  demandNode();
  const lockfile = readFileSync(`${root}package-lock.json`, "utf8");
  const wanted = createHash("sha256").update(lockfile).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (!isInstalled(JSON.parse(lockfile))) {
    console.log("Installing dependencies…");
    // Not `npm ci`: it refuses a lockfile that lacks optional packages for other platforms, and npm leaves those out which
    // its registry did not have on the day. Without saving, `install` takes the locked versions and changes no file either.
    // Building needs the development dependencies also where NODE_ENV says production.
    runNpm([
      "install",
      "--no-save",
      "--include=dev",
      "--include=optional",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
    ]);
  }
  writeFileSync(stamp, wanted);
}

function demandNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  console.error(
    `Baton needs Node ${leastNode.join(".")} or newer; this is ${process.versions.node}. Get one at https://nodejs.org.`,
  );
  process.exit(1);
}

/** Somebody may have run npm by hand; its own record says what is there, and installing again would cost half a minute. */
function isInstalled(lockfile) {
  const record = `${root}node_modules/.package-lock.json`;
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(lockfile.packages).every(([path, { version, link, optional }]) => {
    if (!path.includes("node_modules/") || link || optional) return true;
    return installed[path]?.version === version && existsSync(root + path);
  });
}

/** Ends this process with npm's code when npm fails; npm has said why. */
export function runNpm(args) {
  // Started by npm, the very same npm is used; started by hand, the one in the PATH.
  const npm = process.env.npm_execpath;
  const [program, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const { status } = spawnSync(program, [...first, ...args], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installIfNeeded();

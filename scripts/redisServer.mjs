// The Redis of the tests: a redis-server in the PATH, installed where that can be done without asking. (A service that
// Debian starts with it, on a machine that starts services, is not used.)
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** `undefined` when there is a redis-server, else what to do about it. */
export function demandRedis() {
  if (isThere()) return undefined;
  const mend =
    "There is no redis-server. Install Redis 7 or newer (Debian, Ubuntu: `sudo apt-get install redis-server`; " +
    "Fedora: `sudo dnf install redis`; macOS: `brew install redis`). The tests start their own, on ports of their own.";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return mend;
  console.log("Installing Redis…");
  const apt = (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  };
  apt("update");
  return apt("install", "-y", "--no-install-recommends", "redis-server") && isThere() ? undefined : mend;
}

function isThere() {
  return spawnSync("redis-server", ["--version"], { stdio: "ignore" }).status === 0;
}

// The browser of the tests: the system's Chromium, installed where that can be done without asking.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** `undefined` when there is a browser, else what to do about it. */
export function demandChromium() {
  const path = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  if (existsSync(path)) return undefined;
  const mend =
    `There is no ${path}. Install Chromium (Debian, Ubuntu: \`sudo apt-get install chromium\`; Fedora: \`sudo dnf install chromium\`; ` +
    "macOS: `brew install --cask chromium`), or set CHROMIUM_PATH to the program of a Chromium or Chrome that is there.";
  const mayInstall =
    process.env.CHROMIUM_PATH === undefined && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!mayInstall) return mend;
  console.log("Installing Chromium…");
  const apt = (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  };
  apt("update");
  const installed = apt("install", "-y", "--no-install-recommends", "chromium") && existsSync(path);
  return installed ? undefined : mend;
}

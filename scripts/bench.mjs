// `npm run bench [-- --quick] [--write]`: installs what is missing, builds what is stale, and measures.
import { spawnSync } from "node:child_process";
import { buildIfStale } from "./build.mjs";
import { root } from "./install.mjs";

buildIfStale(["server"]);
const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "bench"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
// In this very process: Ctrl-C reaches whoever has to stop the servers.
await import(`${root}bench/dist/main.js`);

// `npm run soak [-- --minutes 30] [--seed n] [--only kill,redis,stop,mixed] [--cycles n] [--write]`: builds what is stale, then e2e/soak.
import { spawnSync } from "node:child_process";
import { cpSync, statSync } from "node:fs";
import { buildIfStale } from "./build.mjs";
import { root } from "./install.mjs";
import { demandRedis } from "./redisServer.mjs";

buildIfStale(["server"]);
const trouble = demandRedis();
if (trouble !== undefined) {
  console.error(trouble);
  process.exit(1);
}
const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "e2e"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
// What nodes are made to load lies beside the code that orders it.
cpSync(`${root}e2e/faults`, `${root}e2e/dist/faults`, {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || path.endsWith(".mjs"),
});
await import(`${root}e2e/dist/soak/main.js`);

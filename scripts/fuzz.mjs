// `npm run fuzz -- --frames n --seed s [--url u] [--site s] [--only i]`: builds what is stale, then speaks nonsense to a
// gateway of its own, or to the one at `--url`. Prints the seed and what it found; exit code 1 when it found something.
import { spawnSync } from "node:child_process";
import { buildIfStale } from "./build.mjs";
import { installIfNeeded, root } from "./install.mjs";

installIfNeeded();
buildIfStale(["server"]);
const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "e2e"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
// In this very process: Ctrl-C reaches whoever has to stop the gateway.
await import(`${root}e2e/dist/attacks/fuzz/main.js`);

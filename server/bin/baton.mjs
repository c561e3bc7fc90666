#!/usr/bin/env node
// The `baton` command: hands the process's own parts to the program in src/cli/.
import { existsSync } from "node:fs";

if (!existsSync(new URL("../dist/cli/program.js", import.meta.url))) {
  console.error("Baton is not built yet. Run: npm run build");
  process.exit(1);
}
const { runCli } = await import("../dist/cli/program.js");
process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => console.log(text),
  err: (text) => console.error(text),
  start: () => import("../dist/main.js"),
});

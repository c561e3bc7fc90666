/** The size budget: prints a table of what a visitor downloads and fails where it is too much. Sizes are gzip, in KB of 1,000. */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/widget/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));
const gzipKb = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1000;

/** A chunk and what it imports at once; what it imports later is not part of the first open. */
function atOnce(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) atOnce(next, seen);
  return seen;
}

const loader = gzipKb("loader.js");
const core = [...atOnce("src/core.ts")].reduce((sum, key) => sum + gzipKb(manifest[key].file), 0);
const everything = readdirSync(dist)
  .filter((name) => name.endsWith(".js"))
  .reduce((sum, name) => sum + gzipKb(name), 0);

const rows = [
  { what: "loader", kb: loader, budget: 2.0 },
  { what: "core at the first open", kb: core, budget: 36 },
  { what: "everything ever loaded", kb: everything, budget: 80 },
];
for (const { what, kb, budget } of rows) {
  const verdict = kb <= budget ? "ok" : "OVER";
  console.log(`${what.padEnd(30)} ${kb.toFixed(2).padStart(7)} KB  of ${budget.toFixed(1).padStart(5)} KB  ${verdict}`);
}
if (rows.some(({ kb, budget }) => kb > budget)) process.exit(1);

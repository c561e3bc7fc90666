// Builds what is stale: the server with `tsc -b`, the widget with vite. `node scripts/build.mjs [server|widget]`.
// What was built last is remembered by a hash of names, sizes and times, so that a second start costs milliseconds.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installIfNeeded, root, runNpm } from "./install.mjs";

const shared = ["shared/src", "shared/package.json", "tsconfig.base.json", "package-lock.json"];

const parts = {
  server: {
    sources: [...shared, "server/src", "server/package.json", "server/tsconfig.json"],
    proof: "server/dist/main.js",
    build: buildServer,
  },
  widget: {
    sources: [
      ...shared,
      "client-widget/src",
      "client-widget/build",
      "client-widget/package.json",
      "client-widget/vite.config.ts",
    ],
    proof: "client-widget/dist/widget/loader.js",
    build: () => runNpm(["run", "--silent", "build", "-w", "client-widget"]),
  },
};

export function buildIfStale(names = Object.keys(parts)) {
  installIfNeeded();
  for (const name of names) {
    const { sources, proof, build } = parts[name];
    const stamp = `${root}node_modules/.baton-built-${name}`;
    const wanted = hashOf(sources);
    if (existsSync(root + proof) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) continue;
    console.log(`Building the ${name}…`);
    build();
    writeFileSync(stamp, wanted);
  }
}

function buildServer() {
  const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "server"], {
    cwd: root,
    stdio: "inherit",
  });
  // What the server reads at run time (migrations, the demo page) lies beside the code that reads it.
  cpSync(`${root}server/src`, `${root}server/dist`, {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !path.endsWith(".ts"),
  });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
}

function hashOf(sources) {
  const hash = createHash("sha256").update(process.versions.node);
  const add = (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`${path}\n${found?.size}\n${found?.mtimeMs}\n`);
  };
  for (const source of sources) add(root + source);
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !(name in parts));
  if (unknown !== undefined)
    throw new Error(`There is no part ${unknown}; there are ${Object.keys(parts).join(" and ")}.`);
  buildIfStale(asked.length > 0 ? asked : undefined);
}

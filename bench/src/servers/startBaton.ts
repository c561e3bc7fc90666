/**
 * Starts Baton as an operator would: its own program, a configuration file, and its embedded Postgres in a new data folder
 * unless the environment names another one (cluster.ts).
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { batonConfiguration } from "./batonConfiguration.ts";
import { type ServerProcess, type Surroundings, startServer } from "./serverProcess.ts";

const PROGRAM = fileURLToPath(import.meta.resolve("@baton/server/main"));

/** `dataDir`: where its database is found. */
export type BatonProcess = ServerProcess & { readonly dataDir: string };

/** @param more of the environment */
export async function startBaton(
  { env, undo }: Surroundings,
  more: Record<string, string> = {},
): Promise<BatonProcess> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  const configuration = join(folder, "baton.json");
  const dataDir = join(folder, "data");
  writeFileSync(configuration, JSON.stringify(batonConfiguration()));
  const server = await startServer({
    name: "baton",
    program: PROGRAM,
    undo,
    env: { ...env, PORT: "0", HOST: "127.0.0.1", BATON_CONFIG: configuration, BATON_DATA_DIR: dataDir, ...more },
    port: loggedPort,
    cleanUp: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  });
  return { ...server, dataDir };
}

/** From the log's line «serving». */
function loggedPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const { msg, port, level } = JSON.parse(line) as { msg?: string; port?: number; level?: string };
      if (msg === "serving" && port !== undefined) resolve(port);
      // A fault of the gateway would spoil the figures: whoever reads them should see it.
      if (level === "error" || level === "fatal") process.stderr.write(`baton: ${line}\n`);
    });
  });
}

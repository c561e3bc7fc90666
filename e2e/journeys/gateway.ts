/** A real gateway for a journey: the built server as a child process with a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../server/dist/main.js", import.meta.url));
const READY_WITHIN_MS = 30_000;

export type Gateway = {
  url: string;
  port: number;
  /** SIGKILL: what a crash looks like. */
  kill: () => Promise<void>;
  start: () => Promise<void>;
  /** Stops it and removes its data. */
  remove: () => Promise<void>;
};

/** `config` is written to a file; without it the gateway serves its built-in demo. */
export async function createGateway(config?: object): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), "baton-journey-"));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const env: NodeJS.ProcessEnv = { ...process.env, PORT: String(port), BATON_DATA_DIR: join(folder, "data") };
  if (config) {
    env.BATON_CONFIG = join(folder, "baton.json");
    await writeFile(env.BATON_CONFIG, JSON.stringify(config));
  }
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    const ended = child;
    child = undefined;
    if (!ended || ended.exitCode !== null) return;
    ended.kill(signal);
    await once(ended, "exit");
  };
  const start = async () => {
    child = spawn(process.execPath, [MAIN, "start"], { env, stdio: ["ignore", "pipe", "pipe"] });
    await ready(url, child);
  };
  await start();
  return {
    url,
    port,
    start,
    kill: () => end("SIGKILL"),
    async remove() {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks until it is ready: a process has no other way to tell this one. */
async function ready(url: string, child: ChildProcess): Promise<void> {
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => said.push(String(data)));
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until && child.exitCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The gateway did not become ready. It said:\n${said.join("")}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No port was given.");
  return address.port;
}

/** A real gateway as a process of its own, on a port and a data folder that outlive it. Used by faults, protocol, journeys. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steadyPort } from "@baton/server/testing/steadyPort";

/** By its package's name: from the sources and from what is built of them alike. */
const MAIN = createRequire(import.meta.url).resolve("@baton/server/main");
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

export type GatewayHome = { readonly dataDir: string; readonly port: number; readonly url: string; remove(): void };

/** @param config of BATON_CONFIG; left out, the built-in demo */
export async function gatewayHome(
  config?: (port: number) => unknown,
): Promise<GatewayHome & { env: Record<string, string> }> {
  const dataDir = mkdtempSync(join(tmpdir(), "baton-e2e-"));
  const port = await steadyPort();
  const env: Record<string, string> = { PORT: String(port), HOST: "127.0.0.1", BATON_DATA_DIR: dataDir };
  if (config) {
    env.BATON_CONFIG = join(dataDir, "baton.json");
    writeFileSync(env.BATON_CONFIG, JSON.stringify(config(port)));
  }
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  return { dataDir, port, env, url: `http://127.0.0.1:${port}`, remove };
}

export class GatewayProcess {
  readonly #home: { env: Record<string, string>; url: string; dataDir: string };
  #child: ChildProcess | undefined;
  #output = "";

  constructor(home: { env: Record<string, string>; url: string; dataDir: string }) {
    this.#home = home;
  }

  /** Resolves when it is ready for visitors. */
  async start(): Promise<void> {
    await this.#ready(this.spawn());
  }

  /** Begins to start, and waits for nothing. */
  spawn(): ChildProcess {
    const env = { ...process.env, ...this.#home.env };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => this.#remember(String(text)));
    return child;
  }

  /** The last of what it said, for the message of a failed test. */
  get output(): string {
    return this.#output;
  }

  #remember(text: string): void {
    this.#output = (this.#output + text).slice(-20_000);
  }

  async #ready(child: ChildProcess): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (Date.now() < until) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the gateway ended:\n${this.#output}`);
      if (await isReady(this.#home.url)) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    throw new Error(`the gateway was not ready in time:\n${this.#output}`);
  }

  /** SIGKILL: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGTERM: everything it started ends with it. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  /** SIGKILL to the embedded Postgres; if it is just being started again, as soon as it is there. */
  async killPostgres(): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (!kill(this.#postgresPid())) {
      if (Date.now() > until) throw new Error("no Postgres was found to kill");
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #postgresPid(): number {
    const [first] = readFileSync(join(this.#home.dataDir, "postgres", "data", "postmaster.pid"), "utf8").split("\n");
    return Number(first);
  }
}

/** False when there is no such process. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

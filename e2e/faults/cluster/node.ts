/** One gateway of a cluster as a process of its own, with its own links to Redis and Postgres. Made by cluster.ts. */

import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { TcpProxy } from "../proxies/tcpProxy.ts";
import { OwnProcess } from "./ownProcess.ts";

/** By its package's name: from the sources and from what is built of them alike. */
const MAIN = createRequire(import.meta.url).resolve("@baton/server/main");

const ANSWER_WITHIN_MS = 5_000;
const SEEN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;

type Checks = Record<string, string>;
type ReadinessBody = { readonly checks?: Checks; readonly error?: { readonly details: { readonly checks: Checks } } };

export type NodeOptions = {
  readonly name: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly toPostgres: TcpProxy;
  readonly toRedis: TcpProxy | undefined;
};

export class ClusterNode {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  /** Of its own, and removed with the cluster. */
  readonly dataDir: string;
  /** This node's way to Postgres, and nobody else's. */
  readonly toPostgres: TcpProxy;
  readonly #toRedis: TcpProxy | undefined;
  readonly #env: NodeOptions["env"];
  readonly #process: OwnProcess;

  constructor({ name, port, env, toPostgres, toRedis }: NodeOptions) {
    this.name = name;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.dataDir = env.BATON_DATA_DIR ?? "";
    this.toPostgres = toPostgres;
    this.#toRedis = toRedis;
    this.#env = env;
    this.#process = new OwnProcess(name);
  }

  /** This node's way to Redis, and nobody else's. @throws in a cluster without Redis */
  get toRedis(): TcpProxy {
    if (!this.#toRedis) throw new Error("this cluster has no Redis");
    return this.#toRedis;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** A frozen node runs too. */
  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** The last of what it logged, over all its lives. */
  get output(): string {
    return this.#process.output;
  }

  /** Resolves when it is ready for visitors. @param main another build's main.js: N and N + 1 side by side */
  async start(main: string = MAIN): Promise<void> {
    await this.#process.launch({ program: process.execPath, args: [main], env: this.#env }, () => this.isReady());
  }

  /** SIGKILL, and started again on its port. */
  async restart(main: string = MAIN): Promise<void> {
    await this.kill();
    await this.start(main);
  }

  /** SIGKILL: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** SIGTERM: it drains, and resolves when it is gone. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** SIGSTOP: its connections stay open, and nobody is told. Resolves when it stands still. */
  async freeze(): Promise<void> {
    await this.#process.freeze();
  }

  /** SIGCONT. */
  thaw(): void {
    this.#process.thaw();
  }

  /** Whether visitors may be sent here: what a load balancer asks. */
  async isReady(): Promise<boolean> {
    return (await this.#readiness())?.isReady ?? false;
  }

  /** How it finds its neighbours: `{ database: "ok", redis: "ok", draining: "ok" }`; empty when it does not answer. */
  async checks(): Promise<Checks> {
    return (await this.#readiness())?.checks ?? {};
  }

  /** Resolves when that check says «ok», or when it says something else. */
  async sees(check: "database" | "redis", isOk = true): Promise<void> {
    const until = Date.now() + SEEN_WITHIN_MS;
    for (;;) {
      const { [check]: says = "" } = await this.checks();
      if (says !== "" && (says === "ok") === isOk) return;
      if (Date.now() > until) throw new Error(`${this.name} says of its ${check}: ${says || "nothing"}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #readiness(): Promise<{ isReady: boolean; checks: Checks } | undefined> {
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      const body = (await answer.json()) as ReadinessBody;
      return { isReady: answer.ok, checks: body.checks ?? body.error?.details.checks ?? {} };
    } catch {
      return undefined;
    }
  }
}

/** One gateway of a cluster as a process of its own, with its own links to Redis and Postgres. Made by cluster.ts. */

import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { OwnProcess } from "@baton/server/testing/ownProcess";
import { troubles } from "../../attacks/harms.ts";
import type { TcpProxy } from "../proxies/tcpProxy.ts";

/** By its package's name: from the sources and from what is built of them alike. */
const MAIN = createRequire(import.meta.url).resolve("@baton/server/main");

const ANSWER_WITHIN_MS = 5_000;
const SEEN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;
const UP_WITHIN_MS = 60_000;
const NEXT_START_AFTER_MS = 250;
/** The first ones tell; a node may say the same for hours. */
const MOST_TROUBLES = 50;

type Checks = Record<string, string>;
type ReadinessBody = { readonly checks?: Checks; readonly error?: { readonly details: { readonly checks: Checks } } };

export type NodeOptions = {
  readonly name: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly toPostgres: TcpProxy;
  readonly toRedis: TcpProxy | undefined;
};

export class ClusterNode extends OwnProcess {
  readonly port: number;
  readonly url: string;
  /** Of its own, and removed with the cluster. */
  readonly dataDir: string;
  /** This node's way to Postgres, and nobody else's. */
  readonly toPostgres: TcpProxy;
  readonly #toRedis: TcpProxy | undefined;
  readonly #env: NodeOptions["env"];
  #troubles: readonly string[] = [];

  constructor({ name, port, env, toPostgres, toRedis }: NodeOptions) {
    super(name);
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.dataDir = env.BATON_DATA_DIR ?? "";
    this.toPostgres = toPostgres;
    this.#toRedis = toRedis;
    this.#env = env;
  }

  /** This node's way to Redis, and nobody else's. @throws in a cluster without Redis */
  get toRedis(): TcpProxy {
    if (!this.#toRedis) throw new Error("this cluster has no Redis");
    return this.#toRedis;
  }

  /** Resolves when it is ready for visitors. @param main another build's main.js: N and N + 1 side by side */
  async start(main: string = MAIN): Promise<void> {
    const onLine = (line: string) => this.#note(troubles([line]));
    const onCrash = (how: string) => this.#note([`it crashed: ${how}`]);
    const command = { program: process.execPath, args: [main], env: this.#env, onLine, onCrash };
    await this.launch(command, () => this.isReady());
  }

  /** What went wrong inside it since this was last asked: faults that it logged, what Node said, that it crashed. */
  takeTroubles(): readonly string[] {
    const taken = this.#troubles;
    this.#troubles = [];
    return taken;
  }

  /** As a supervisor does: a gateway ends itself when it starts while its Postgres is away, and is started again. */
  async startUntilUp(): Promise<void> {
    const until = Date.now() + UP_WITHIN_MS;
    for (;;) {
      try {
        await this.start();
        return;
      } catch (error) {
        if (this.isRunning || Date.now() > until) throw error;
        await sleep(NEXT_START_AFTER_MS);
      }
    }
  }

  /** SIGKILL, and started again on its port. */
  async restart(main: string = MAIN): Promise<void> {
    await this.kill();
    await this.start(main);
  }

  /** SIGTERM, and started again on its port. */
  async restartGently(main: string = MAIN): Promise<void> {
    await this.stop();
    await this.start(main);
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

  #note(lines: readonly string[]): void {
    this.#troubles = [...this.#troubles, ...lines].slice(0, MOST_TROUBLES);
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

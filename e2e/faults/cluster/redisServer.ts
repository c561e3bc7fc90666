/** A real redis-server that can be killed, frozen and started again on its port, with or without what it knew. Used by cluster.ts. */
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { Redis } from "ioredis";
import { steadyPort } from "../proxies/steadyPort.ts";
import { OwnProcess } from "./ownProcess.ts";

export type RedisServerOptions = {
  /** For its files; made when missing, and its own. */
  readonly folder: string;
  /** `aof`: what was acknowledged is on the disk. Else nothing outlives the process. */
  readonly persistence?: "none" | "aof";
  /** In cluster mode, with all slots on this one node. It tells clients its own port: they pass by a proxy. */
  readonly isCluster?: boolean;
};

const PROGRAM = "redis-server";

export class RedisServer {
  readonly port: number;
  readonly #options: RedisServerOptions;
  readonly #process = new OwnProcess("redis");

  constructor(port: number, options: RedisServerOptions) {
    this.port = port;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get output(): string {
    return this.#process.output;
  }

  /** Resolves when it answers. @param empty forgets what was on the disk */
  async start({ empty = false } = {}): Promise<void> {
    const { folder, isCluster = false } = this.#options;
    if (empty) rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const args = this.#args().map(String);
    await this.#process.launch({ program: PROGRAM, args }, () => this.#answers());
    if (isCluster) await this.#takeEverySlot();
  }

  /** Killed if it runs. Without `empty` it knows what its persistence kept. */
  async restart(how: { empty?: boolean } = {}): Promise<void> {
    await this.kill();
    await this.start(how);
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async freeze(): Promise<void> {
    await this.#process.freeze();
  }

  thaw(): void {
    this.#process.thaw();
  }

  /** One command, past every proxy: `redis.ask("SCRIPT", "FLUSH")`. */
  async ask(command: string, ...args: (string | number)[]): Promise<unknown> {
    const client = new Redis({ port: this.port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => {});
    try {
      await client.connect();
      return await client.call(command, ...args);
    } finally {
      await hangUp(client);
    }
  }

  #args(): (string | number)[] {
    const { folder, persistence = "none", isCluster = false } = this.#options;
    return [
      ...["--port", this.port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
      ...(persistence === "aof" ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"]),
      ...(isCluster ? this.#inCluster() : []),
    ];
  }

  #inCluster(): (string | number)[] {
    // Its second port would be 10,000 above, where the system lends ports to others.
    const own = ["--cluster-enabled", "yes", "--cluster-port", this.port + 1];
    // Alone it does not know its address, and a client that asks for it never becomes ready.
    return [...own, "--cluster-announce-ip", "127.0.0.1"];
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.ask("PING")) === "PONG";
    } catch {
      return false;
    }
  }

  async #takeEverySlot(): Promise<void> {
    if (!String(await this.ask("CLUSTER", "INFO")).includes("cluster_slots_assigned:16384"))
      await this.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
    while (!String(await this.ask("CLUSTER", "INFO")).includes("cluster_state:ok")) {
      if (this.pid === undefined) throw new Error(`redis ended:\n${this.output}`);
    }
  }
}

async function hangUp(client: Redis): Promise<void> {
  if (client.status === "end") return;
  const ended = once(client, "end");
  client.disconnect();
  await ended;
}

/** Runs, and answers, on a free port of the loopback. When it does not, nothing is left behind. */
export async function redisServer(options: RedisServerOptions): Promise<RedisServer> {
  const server = new RedisServer(await steadyPort(), options);
  try {
    await server.start();
  } catch (error) {
    await server.kill();
    throw error;
  }
  return server;
}

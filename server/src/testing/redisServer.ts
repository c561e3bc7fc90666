/** A real redis-server of a test's own that can be killed, frozen and started again on its port, with or without what it knew. */
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { parseRedisUrl } from "../redis/address.ts";
import { connectRedis, type RedisLink } from "../redis/connect.ts";
import { OwnProcess } from "./ownProcess.ts";
import { steadyPort } from "./steadyPort.ts";

export type RedisServerOptions = {
  /** For its files; made when missing, and its own. */
  readonly folder: string;
  /** `aof`: what was acknowledged is on the disk. Else nothing outlives the process. */
  readonly persistence?: "none" | "aof";
  /** In cluster mode, with all slots on this one node. It tells clients its own port: they pass by a proxy. */
  readonly isCluster?: boolean;
};

const PROGRAM = "redis-server";
const LINKED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

export class RedisServer extends OwnProcess {
  readonly port: number;
  readonly #options: RedisServerOptions;
  /** Asked for when it first starts in a cluster, and its own from then on. */
  #clusterPort: number | undefined;

  constructor(port: number, options: RedisServerOptions) {
    super("redis");
    this.port = port;
    this.#options = options;
  }

  /** As REDIS_URL wants it. */
  get url(): string {
    return `${this.#options.isCluster ? "redis+cluster" : "redis"}://127.0.0.1:${this.port}`;
  }

  /** Resolves when it answers. @param empty forgets what was on the disk */
  async start({ empty = false } = {}): Promise<void> {
    const { folder, isCluster = false } = this.#options;
    if (empty) rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const args = [...this.#args(), ...(isCluster ? await this.#inCluster() : [])].map(String);
    await this.launch({ program: PROGRAM, args }, async () => {
      return (await this.#answers()) && (!isCluster || (await this.#hasEverySlot()));
    });
  }

  /** Killed if it runs. Without `empty` it knows what its persistence kept. */
  async restart(how: { empty?: boolean } = {}): Promise<void> {
    await this.kill();
    await this.start(how);
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
    const { folder, persistence = "none" } = this.#options;
    return [
      ...["--port", this.port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
      ...(persistence === "aof" ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"]),
    ];
  }

  async #inCluster(): Promise<(string | number)[]> {
    // Its second port would be 10,000 above, where the system lends ports to others.
    this.#clusterPort ??= await steadyPort();
    const own = ["--cluster-enabled", "yes", "--cluster-port", this.#clusterPort];
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

  /** Takes them when it has none. */
  async #hasEverySlot(): Promise<boolean> {
    const info = String(await this.ask("CLUSTER", "INFO"));
    if (!info.includes("cluster_slots_assigned:16384")) await this.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
    return info.includes("cluster_state:ok");
  }
}

async function hangUp(client: Redis): Promise<void> {
  if (client.status === "end") return;
  const ended = once(client, "end");
  client.disconnect();
  await ended;
}

/** Runs, and answers, on a free port of the loopback. When it does not, nothing is left behind. */
export async function startRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const server = new RedisServer(await steadyPort(), options);
  try {
    await server.start();
  } catch (cause) {
    await server.kill();
    throw new Error("redis-server did not start: is it installed? (Debian: apt-get install redis-server)", { cause });
  }
  return server;
}

/** A machine that is busy is not a Redis that is slow. */
export const PATIENT = { patienceMs: 10_000 };

/** As a gateway is linked; answers when it is there. */
export async function linkToRedis(url: string, times: Partial<typeof PATIENT> = {}): Promise<RedisLink> {
  const target = parseRedisUrl(url);
  if (!target) throw new Error("not an address of a Redis");
  const link = connectRedis(target, times);
  const until = Date.now() + LINKED_WITHIN_MS;
  while (link.commands.status !== "ready") {
    if (Date.now() > until) throw new Error("Redis cannot be reached");
    await sleep(LOOK_EVERY_MS);
  }
  return link;
}

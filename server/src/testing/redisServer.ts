/** A real redis-server of a test's own, on a free loopback port; keeps nothing on disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Redis } from "ioredis";
import { parseRedisUrl } from "../redis/address.ts";
import { connectRedis, type RedisLink } from "../redis/connect.ts";

const ALL_SLOTS = [0, 16_383] as const;
const READY_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

export type RedisServer = {
  /** As REDIS_URL wants it. */
  readonly url: string;
  readonly port: number;
  /** SIGKILL: whatever it knew is gone. */
  kill(): Promise<void>;
  /** Empty, on the same port. */
  startAgain(): Promise<void>;
};

export type RedisServerOptions = { folder: string; isCluster?: boolean };

export async function startRedisServer({ folder, isCluster = false }: RedisServerOptions): Promise<RedisServer> {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  // Its own file of slots is written anew: after a kill it has none.
  // Who has met no other node does not know its own address, and names none.
  const inCluster = () => [
    "--cluster-enabled",
    "yes",
    "--cluster-announce-ip",
    "127.0.0.1",
    "--cluster-config-file",
    `slots-${port}-${Date.now()}.conf`,
  ];
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn("redis-server", [...args, ...(isCluster ? inCluster() : [])], { stdio: "ignore" });
    const failed = once(child, "error").then(([error]) => {
      throw new Error("redis-server cannot be run: install it (Debian: apt-get install redis-server)", {
        cause: error,
      });
    });
    await Promise.race([ready(port, isCluster), failed]);
  }

  await start();
  return {
    url: `${isCluster ? "redis+cluster" : "redis"}://127.0.0.1:${port}`,
    port,
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
    startAgain: start,
  };
}

async function ready(port: number, isCluster: boolean): Promise<void> {
  const admin = new Redis({ port, host: "127.0.0.1", retryStrategy: () => LOOK_EVERY_MS, maxRetriesPerRequest: null });
  admin.on("error", () => {});
  try {
    await admin.ping();
    if (isCluster) await takeAllSlots(admin);
  } finally {
    admin.disconnect();
  }
}

async function takeAllSlots(admin: Redis): Promise<void> {
  await admin.call("CLUSTER", "ADDSLOTSRANGE", ...ALL_SLOTS.map(String));
  const until = Date.now() + READY_WITHIN_MS;
  while (!String(await admin.call("CLUSTER", "INFO")).includes("cluster_state:ok")) {
    if (Date.now() > until) throw new Error("the cluster did not begin to serve");
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  // A cluster's second port is 10,000 above.
  return port < 55_000 ? port : freePort();
}

/** As a gateway is linked; answers when it is there. */
export async function linkToRedis(url: string): Promise<RedisLink> {
  const target = parseRedisUrl(url);
  if (!target) throw new Error("not an address of a Redis");
  const link = connectRedis(target);
  const until = Date.now() + READY_WITHIN_MS;
  while (link.commands.status !== "ready") {
    if (Date.now() > until) throw new Error("Redis cannot be reached");
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return link;
}

/**
 * A cluster of real processes on the loopback: equal gateways, one Postgres, one Redis. Each node reaches each of the two through
 * a proxy of its own, so that links can fail one by one; clients reach the nodes directly.
 *
 *     const cluster = await startCluster({ nodes: 3 });
 *     const [first, second] = cluster.nodes;
 *     first.toRedis.apply({ do: { kind: "blackhole" } });      // ../proxies/tcpRules.ts has all that can be told
 *     first.toRedis.reset(subscribes);                          // the listening link only
 *     await first.sees("redis", false);                         // what it says at /readyz; also «database»
 *     await first.kill();                                       // also stop, freeze, thaw, restart
 *     await cluster.redis.restart({ empty: true });             // also kill, start, freeze, thaw, ask
 *     await cluster.postgres.kill();                            // also start, stop; `sql` asks it past all proxies
 *     await cluster.heal();                                     // everything runs, no rule is left
 *     cluster.takeTroubles();                                   // what nodes logged as faults, and crashes
 *     onTestFailed(() => console.error(cluster.lastWords()));
 *     await cluster.close();                                    // nothing is left
 *
 * A link that lost bytes to a `blackhole` stays dead after `heal` until one side gives it up, as TCP never forgets bytes;
 * `hold` is the partition that TCP survives.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KillablePostgres, killablePostgres } from "@baton/server/testing/killablePostgres";
import { type RedisServer, type RedisServerOptions, startRedisServer } from "@baton/server/testing/redisServer";
import { steadyPort } from "@baton/server/testing/steadyPort";
import { type TcpProxy, tcpProxy } from "../proxies/tcpProxy.ts";
import { ClusterNode } from "./node.ts";

export type ClusterOptions = {
  /** How many; 3 when left out. */
  readonly nodes?: number;
  /** `false`: no REDIS_URL. */
  readonly redis?: false | Omit<RedisServerOptions, "folder">;
  /** Of BATON_CONFIG. Left out: the site «demo» without a bot, and limits that tests of faults do not meet. */
  readonly config?: (origins: readonly string[]) => unknown;
  /** More of the environment, for each node by its index. */
  readonly env?: (index: number) => Record<string, string>;
};

/** Signs the user tokens of its site. */
export const SITE_SECRET = "a-secret-of-the-tests-32-characters";

/** No bot: what is counted are the people's own messages. */
export function configWithoutBot(origins: readonly string[]): unknown {
  return {
    sites: [{ id: "demo", origins, secrets: [SITE_SECRET], bot: { kind: "none" } }],
    limits: {
      userMessageBurst: 100_000,
      connectionCommandBurst: 100_000,
      addressConnectionsPerSecond: 10_000,
      userConnectionsPerMinute: 10_000,
    },
  };
}

type Parts = {
  readonly home: string;
  readonly postgres: KillablePostgres;
  readonly redis: RedisServer | undefined;
  readonly nodes: readonly ClusterNode[];
  readonly proxies: readonly TcpProxy[];
};

export class Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly postgres: KillablePostgres;
  readonly #redis: RedisServer | undefined;
  readonly #proxies: readonly TcpProxy[];
  readonly #home: string;
  /** A test that ran out of time closes nothing, and its worker is ended by SIGTERM. */
  readonly #atExit = (signal: NodeJS.Signals | number): void => {
    for (const pid of this.pids) process.kill(pid, "SIGKILL");
    // Postgres' own children end a little later, and still write.
    const thoroughly = { recursive: true, force: true, maxRetries: 5 };
    for (const folder of [this.#home, this.postgres.address.host]) rmSync(folder, thoroughly);
    if (signal === "SIGTERM") process.exit();
  };

  constructor({ home, postgres, redis, nodes, proxies }: Parts) {
    this.#home = home;
    this.postgres = postgres;
    this.#redis = redis;
    this.nodes = nodes;
    this.#proxies = proxies;
    process.on("exit", this.#atExit).on("SIGTERM", this.#atExit);
  }

  /** @throws in a cluster without Redis */
  get redis(): RedisServer {
    if (!this.#redis) throw new Error("this cluster has no Redis");
    return this.#redis;
  }

  /** Of everything that runs now; Postgres' own children are not among them, and end with it. */
  get pids(): number[] {
    return [...this.nodes, this.#redis].flatMap((one) => one?.pid ?? []).concat(this.postgres.pid() ?? []);
  }

  /** Lifts every rule, thaws what is frozen, and starts what is down. */
  async heal(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.heal()));
    this.#redis?.thaw();
    if (this.postgres.pid() === undefined) await this.postgres.start();
    if (this.#redis && this.#redis.pid === undefined) await this.#redis.start();
    await Promise.all(this.nodes.map((node) => (node.isRunning ? node.thaw() : node.start())));
  }

  /** What went wrong inside the nodes since this was last asked. */
  takeTroubles(): string[] {
    return this.nodes.flatMap((node) => node.takeTroubles().map((words) => `${node.name}: ${words}`));
  }

  /** What each of them said last, for the message of a failed test. */
  lastWords(): string {
    const parts = [...this.nodes.map(({ name, output }) => [name, output]), ["redis", this.#redis?.output ?? ""]];
    return parts.map(([name, output]) => `── ${name}\n${output}`).join("\n");
  }

  /** Kills the nodes, stops the servers, closes the links, removes the folder. */
  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await Promise.all([this.#redis?.kill(), this.postgres.close()]);
    rmSync(this.#home, { recursive: true, force: true });
    process.off("exit", this.#atExit).off("SIGTERM", this.#atExit);
  }
}

/** Resolves when every node is ready for visitors. When one is not, nothing is left behind. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), "baton-cluster-"));
  const { redis: wanted = {} } = options;
  const parts = await startServers(home, wanted);
  const nodes = await clusterNodes(parts, options, wanted && wanted.isCluster === true ? "redis+cluster" : "redis");
  const proxies = nodes.flatMap((node) => (parts.redis ? [node.toPostgres, node.toRedis] : [node.toPostgres]));
  const cluster = new Cluster({ ...parts, nodes, proxies });
  try {
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

type Servers = Pick<Parts, "home" | "postgres" | "redis">;

async function startServers(home: string, wanted: Exclude<ClusterOptions["redis"], undefined>): Promise<Servers> {
  const [postgres, redis] = await Promise.allSettled([
    killablePostgres(join(home, "postgres"), { max_connections: "200" }),
    wanted ? startRedisServer({ ...wanted, folder: join(home, "redis") }) : undefined,
  ]);
  if (postgres.status === "fulfilled" && redis.status === "fulfilled")
    return { home, postgres: postgres.value, redis: redis.value };
  if (postgres.status === "fulfilled") await postgres.value.close();
  if (redis.status === "fulfilled") await redis.value?.kill();
  rmSync(home, { recursive: true, force: true });
  throw [postgres, redis].find((server) => server.status === "rejected")?.reason;
}

async function clusterNodes(servers: Servers, options: ClusterOptions, scheme: string): Promise<ClusterNode[]> {
  const { nodes = 3, config = configWithoutBot, env = () => ({}) } = options;
  const ports = await Promise.all(Array.from({ length: nodes }, () => steadyPort()));
  const configFile = join(servers.home, "baton.json");
  writeFileSync(configFile, JSON.stringify(config(ports.map((port) => `http://127.0.0.1:${port}`))));
  const shared = { BATON_CONFIG: configFile, BATON_MASTER_KEY: randomBytes(32).toString("base64") };
  return Promise.all(
    ports.map(async (port, index) => {
      const name = `node${index + 1}`;
      const toPostgres = await tcpProxy({ path: servers.postgres.path });
      const toRedis = servers.redis && (await tcpProxy({ port: servers.redis.port }));
      const urls = {
        DATABASE_URL: databaseUrl(servers.postgres, toPostgres.port),
        REDIS_URL: toRedis && `${scheme}://127.0.0.1:${toRedis.port}`,
      };
      const own = { PORT: String(port), HOST: "127.0.0.1", BATON_DATA_DIR: join(servers.home, name) };
      mkdirSync(own.BATON_DATA_DIR);
      const all = { ...process.env, ...own, ...shared, ...urls, ...env(index) };
      return new ClusterNode({ name, port, env: all, toPostgres, toRedis });
    }),
  );
}

function databaseUrl({ address }: KillablePostgres, port: number): string {
  const password = encodeURIComponent(address.password ?? "");
  return `postgresql://${address.username}:${password}@127.0.0.1:${port}/${address.database}`;
}

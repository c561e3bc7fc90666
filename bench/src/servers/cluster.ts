/** Several nodes under measurement: equal processes on one Postgres and one Redis, which the bench starts for them. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask } from "../questions.ts";
import { cpuOf, cpuOfDescendants } from "./cpuOf.ts";
import type { Database } from "./database.ts";
import type { NeighbourQuestions, Neighbours } from "./neighbours.ts";
import type { ServerProcess, Surroundings } from "./serverProcess.ts";
import { startBaton } from "./startBaton.ts";

export type Cluster = {
  readonly database: Database;
  /** Without Redis: a node that keeps lock, presence and cache in its memory. */
  startNode(of?: { redis: boolean }): Promise<ServerProcess>;
  /** Seconds of CPU so far. */
  cpu(): { postgres: number | undefined; redis: number | undefined };
  /** The nodes first. */
  stop(): Promise<void>;
};

const PROGRAM = fileURLToPath(new URL("./neighbours.js", import.meta.url));
const ENDS_WITHIN_MS = 30_000;

/** Whether several nodes can be measured here at all. */
export function hasRedis(): boolean {
  return spawnSync("redis-server", ["--version"], { stdio: "ignore" }).status === 0;
}

export async function startCluster(surroundings: Surroundings): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-cluster-"));
  const child = spawn(process.execPath, [PROGRAM], {
    env: surroundings.env,
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const nodes: ServerProcess[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(nodes, child).finally(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    return stopping;
  };
  surroundings.undo.push(stop);
  const neighbours = await ask<NeighbourQuestions, "begin">(child, "begin", { folder });
  const environment = environmentOf(neighbours);
  return {
    database: neighbours.database,
    async startNode({ redis } = { redis: true }) {
      const { REDIS_URL, ...alone } = environment;
      const node = await startBaton(surroundings, redis ? environment : alone);
      nodes.push(node);
      return node;
    },
    cpu: () => cpuOfBoth(neighbours),
    stop,
  };
}

function environmentOf({ database, redisPort }: Neighbours) {
  const { host, port, username, password = "" } = database;
  const account = `${username}:${encodeURIComponent(password)}`;
  return {
    DATABASE_URL: `postgresql://${account}@localhost/${database.database}?host=${encodeURIComponent(host)}&port=${port}`,
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    BATON_MASTER_KEY: randomBytes(32).toString("base64"),
  };
}

function cpuOfBoth({ postgresPid, redisPid }: Neighbours): ReturnType<Cluster["cpu"]> {
  const [postmaster, backends] = [cpuOf(postgresPid), cpuOfDescendants(postgresPid)];
  const postgres = postmaster === undefined || backends === undefined ? undefined : postmaster + backends;
  return { postgres, redis: cpuOf(redisPid) };
}

async function stopAll(nodes: readonly ServerProcess[], child: ChildProcess): Promise<void> {
  await Promise.allSettled(nodes.map((node) => node.stop()));
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const force = setTimeout(() => child.kill("SIGKILL"), ENDS_WITHIN_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(force);
}

// Two real redis-servers for the whole run: one plain, one in cluster mode with all slots on it. Nothing is kept on disk.
// Their addresses: `inject("redisUrl")`, `inject("redisClusterUrl")`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startRedisServer } from "./redisServer.ts";

declare module "vitest" {
  interface ProvidedContext {
    redisUrl: string;
    redisClusterUrl: string;
    /** Of every gateway that a test starts without saying so; BATON_TEST_REDIS=cluster gives them one. */
    redisOfAll: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "baton-redis-"));
  const plain = await startRedisServer({ folder: join(folder, "plain") });
  const cluster = await startRedisServer({ folder: join(folder, "cluster"), isCluster: true });
  project.provide("redisUrl", plain.url);
  project.provide("redisClusterUrl", cluster.url);
  // biome-ignore lint/style/noProcessEnv: the run's own setting, of which no gateway hears
  project.provide("redisOfAll", process.env.BATON_TEST_REDIS === "cluster" ? cluster.url : undefined);
  return async () => {
    await Promise.all([plain.kill(), cluster.kill()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

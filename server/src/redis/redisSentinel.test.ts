// A master, a replica and a Sentinel, all real: the master dies, and the node goes on with the one that took its place.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { linkToRedis, startRedisServer } from "../testing/redisServer.ts";
import { steadyPort } from "../testing/steadyPort.ts";

async function sentinelOf(folder: string, masterPort: number): Promise<number> {
  const port = await steadyPort();
  const file = join(folder, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `sentinel monitor shop 127.0.0.1 ${masterPort} 1`,
    "sentinel down-after-milliseconds shop 500",
    "sentinel failover-timeout shop 3000",
  ];
  writeFileSync(file, lines.join("\n"));
  const child: ChildProcess = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
  onTestFinished(async () => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  });
  return port;
}

async function knowsReplica(port: number): Promise<boolean> {
  const sentinel = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null });
  sentinel.on("error", () => {});
  try {
    await sentinel.connect();
    const replicas = await sentinel.call("SENTINEL", "REPLICAS", "shop");
    return Array.isArray(replicas) && replicas.length > 0;
  } catch {
    return false;
  } finally {
    sentinel.disconnect();
  }
}

test("by its Sentinels the master is found, and the next one when it dies", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-sentinel-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const master = await startRedisServer({ folder: join(folder, "master") });
  const replica = await startRedisServer({ folder: join(folder, "replica") });
  onTestFinished(() => Promise.all([master.kill(), replica.kill()]).then(() => {}));
  const toReplica = await linkToRedis(replica.url);
  await toReplica.commands.call("REPLICAOF", "127.0.0.1", String(master.port));
  toReplica.end();
  const port = await sentinelOf(folder, master.port);
  await expect.poll(() => knowsReplica(port), { timeout: 20_000, interval: 100 }).toBe(true);
  const { commands, end } = await linkToRedis(`redis+sentinel://127.0.0.1:${port}/shop/1`);
  onTestFinished(end);
  await commands.set("who", "ada");
  await expect.poll(() => commands.call("WAIT", "1", "1000"), { timeout: 10_000 }).toBe(1);
  await master.kill();
  const ask = () => commands.get("who").catch(() => "away");
  await expect.poll(ask, { timeout: 20_000, interval: 100 }).toBe("ada");
  await expect
    .poll(() => commands.set("who", "bob").catch(() => "away"), { timeout: 20_000, interval: 100 })
    .toBe("OK");
}, 60_000);

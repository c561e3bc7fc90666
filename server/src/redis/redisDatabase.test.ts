// A number of a database that the Redis does not have. In silence the driver would go on in database 0, which is somebody else's.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { createLog } from "../log.ts";
import { linkToRedis, type RedisServer, startRedisServer } from "../testing/redisServer.ts";
import { startTestGateway, testDatabase } from "../testing/testGateway.ts";
import { parseRedisUrl } from "./address.ts";
import { connectRedis } from "./connect.ts";

let folder: string;
let server: RedisServer;
let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "baton-database-"));
  server = await startRedisServer({ folder });
  database = await testDatabase();
});
afterAll(async () => {
  await server.kill();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const at = (path: string, account = "") => server.url.replace("redis://", `redis://${account}`) + path;

async function admin() {
  const link = await linkToRedis(server.url);
  onTestFinished(() => link.end());
  return link.commands;
}

test("a gateway does not start with a database that Redis does not have, and leaves nothing in another", async () => {
  const commands = await admin();
  const start = startTestGateway(database.target, { redisUrl: at("/99") });
  await expect(start.then((gateway) => gateway.close())).rejects.toThrow(
    "REDIS_URL names database 99, and this Redis refuses it (ERR DB index is out of range). Name one that it has",
  );
  expect(await commands.dbsize()).toBe(0);
});

test("nor with a number where Redis is in cluster mode", async () => {
  const redisUrl = `${inject("redisClusterUrl").replace("redis+cluster", "redis")}/1`;
  const start = startTestGateway(database.target, { redisUrl });
  await expect(start.then((gateway) => gateway.close())).rejects.toThrow("write redis+cluster://, and no number");
});

test("found out only when Redis comes, it is degraded and says why, and is there once it is mended", async () => {
  await server.kill();
  const lines: string[] = [];
  const log = createLog({ destination: { write: (line) => lines.push(line) } });
  const gateway = await startTestGateway(database.target, { redisUrl: at("/2", "ada:hunter2@"), log });
  onTestFinished(() => gateway.close());
  const ready = async () => (await fetch(`${gateway.url}/readyz`)).json();
  expect(await ready()).toMatchObject({ status: "degraded", checks: { redis: expect.stringMatching(/^away/) } });
  await server.start();
  const commands = await admin();
  await commands.call("ACL", "SETUSER", "ada", "on", ">hunter2", "~*", "&*", "+@all", "-select");
  const why = "REDIS_URL names database 2, and this Redis refuses it (NOPERM";
  await expect
    .poll(ready, { timeout: 10_000 })
    .toMatchObject({ status: "degraded", checks: { redis: expect.stringContaining(why) } });
  expect(lines.filter((line) => line.includes(why))).toHaveLength(1);
  expect(lines.join()).not.toContain("hunter2");
  expect(await commands.dbsize()).toBe(0);
  await commands.call("ACL", "SETUSER", "ada", "+select");
  await expect.poll(ready, { timeout: 10_000 }).toMatchObject({ status: "ready", checks: { redis: "ok" } });
  expect(await commands.dbsize()).toBe(0);
});

test.each(["", ":wrong@", "ada:wrong@"])(
  "a password that is missing or wrong («%s») is no missing database",
  async (account) => {
    const guarded = await startRedisServer({ folder: join(folder, "guarded") });
    onTestFinished(() => guarded.kill());
    await guarded.ask("CONFIG", "SET", "requirepass", "right");
    const redisUrl = `${guarded.url.replace("redis://", `redis://${account}`)}/2`;
    const gateway = await startTestGateway(database.target, { redisUrl });
    onTestFinished(() => gateway.close());
    const ready = await (await fetch(`${gateway.url}/readyz`)).json();
    expect(ready).toMatchObject({
      status: "degraded",
      checks: { redis: expect.stringMatching(/^away: (?!REDIS_URL)/) },
    });
  },
);

test("what was said of a number is not said of a Redis that has gone since, or that wants a password", async () => {
  const moody = await startRedisServer({ folder: join(folder, "moody") });
  onTestFinished(() => moody.kill());
  const target = parseRedisUrl(`${moody.url}/99`);
  if (!target) throw new Error("not an address of a Redis");
  const link = connectRedis(target);
  onTestFinished(() => link.end());
  await expect.poll(link.unfit, { timeout: 10_000 }).toContain("names database 99");
  await moody.ask("CONFIG", "SET", "requirepass", "right");
  await expect.poll(link.unfit, { timeout: 10_000 }).toBeUndefined();
  await moody.restart();
  await expect.poll(link.unfit, { timeout: 10_000 }).toContain("names database 99");
  await moody.kill();
  await expect.poll(link.unfit, { timeout: 10_000 }).toBeUndefined();
});

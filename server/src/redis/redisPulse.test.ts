// On a real Redis of its own, which is killed, emptied, started again, and not heard.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { createLog } from "../log.ts";
import { linkToRedis, type RedisServer, startRedisServer } from "../testing/redisServer.ts";
import type { RedisLink } from "./connect.ts";
import { channels, keys } from "./keys.ts";
import type { NodeMessage } from "./nodeMessages.ts";
import { RedisPulse } from "./redisPulse.ts";

let folder: string;
let server: RedisServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "baton-pulse-"));
  server = await startRedisServer({ folder });
});
afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

const open: { link: RedisLink; pulse: RedisPulse }[] = [];
afterEach(async () => {
  for (const { link, pulse } of open.splice(0)) {
    await pulse.stop();
    link.end();
  }
});

async function node(nodeId: string, url = server.url) {
  const link = await linkToRedis(url);
  const heard: NodeMessage[] = [];
  const ages: number[] = [];
  let backs = 0;
  let garbled = 0;
  const pulse = new RedisPulse({
    link,
    nodeId,
    heard: (message) => heard.push(message),
    answers: (ageMs) => ages.push(ageMs),
    back() {
      backs += 1;
    },
    garbled: () => {
      garbled += 1;
    },
    log: createLog({ level: "silent" }),
  });
  open.push({ link, pulse });
  await pulse.start();
  return { link, pulse, heard, ages, backs: () => backs, garbled: () => garbled };
}

let one: Awaited<ReturnType<typeof node>>;
beforeEach(async () => {
  one = await node("n1");
});

const until = (isSo: () => boolean) => expect.poll(isSo, { timeout: 15_000, interval: 20 }).toBe(true);

test("a node that starts finds Redis there, says that it lives, and that it is back once", async () => {
  expect(one.pulse.state()).toBe("ok");
  expect(one.backs()).toBe(1);
  expect(await one.link.commands.pttl(keys.node("n1"))).toBeGreaterThan(0);
});

test("nodes hear each other, and none hears itself", async () => {
  const two = await node("n2");
  two.pulse.send({ kind: "baton", userId: "ada" });
  await until(() => one.heard.some(({ kind }) => kind === "baton"));
  expect(one.heard).toContainEqual({ kind: "baton", from: "n2", userId: "ada" });
  expect(two.heard.filter(({ kind }) => kind === "baton")).toEqual([]);
});

test("garbage on the channel is counted, and nothing else", async () => {
  for (const garbage of [
    "",
    "{",
    "null",
    "[]",
    '{"kind":"baton"}',
    '{"kind":"baton","from":"x","userId":{}}',
    "x".repeat(2_000),
  ]) {
    await one.link.commands.publish(channels.nodes, garbage);
  }
  await until(() => one.garbled() === 7);
  expect(one.heard.filter(({ kind }) => kind !== "pulse")).toEqual([]);
  expect(one.pulse.state()).toBe("ok");
});

test("a cluster that is killed and started again at once is heard again", async () => {
  const cluster = await startRedisServer({ folder: join(folder, "cluster"), isCluster: true });
  onTestFinished(() => cluster.kill());
  const two = await node("n2", cluster.url);
  for (const times of [2, 3]) {
    await cluster.restart({ empty: true });
    await until(() => two.backs() >= times);
    await until(() => two.pulse.state() === "ok");
  }
}, 60_000);

test("killed and started again, empty: away meanwhile, then back with an age of nothing", async () => {
  await server.kill();
  await until(() => one.pulse.state() !== "ok");
  expect(one.pulse.state()).toMatch(/^(away|degraded)/);
  await server.start();
  await until(() => one.backs() >= 2);
  await until(() => one.pulse.state() === "ok");
  expect(one.ages.at(-1)).toBe(0);
});

test("emptied while it runs: what it knew is gone, and is said to be", async () => {
  await one.link.commands.flushall();
  await until(() => one.backs() >= 2);
  expect(one.ages.at(-1)).toBe(0);
});

test("when only the listening link is cut, it is not heard, and then back", async () => {
  const ids = String(await one.link.commands.client("LIST", "TYPE", "PUBSUB")).matchAll(/^id=(\d+)/gm);
  for (const [, id] of ids) await one.link.commands.client("KILL", "ID", Number(id));
  await until(() => one.backs() >= 2);
  await until(() => one.pulse.state() === "ok");
});

test("a server that stopped answering, with its links open, is away", async () => {
  await one.link.commands.call("CLIENT", "PAUSE", "3000", "ALL");
  await until(() => one.pulse.state() !== "ok");
  await until(() => one.pulse.state() === "ok");
  expect(one.backs()).toBeGreaterThanOrEqual(2);
});

test("one that only reads is away: nothing can be settled in it", async () => {
  await one.link.commands.call("REPLICAOF", "127.0.0.1", "1");
  await until(() => one.pulse.state() !== "ok");
  const again = await linkToRedis(server.url);
  await again.commands.call("REPLICAOF", "NO", "ONE");
  again.end();
  await until(() => one.pulse.state() === "ok");
});

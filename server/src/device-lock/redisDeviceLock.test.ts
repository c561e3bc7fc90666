// On a real Redis, and on one in cluster mode.
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, test } from "vitest";
import type { RedisLink } from "../redis/connect.ts";
import { keys } from "../redis/keys.ts";
import { linkToRedis, PATIENT } from "../testing/redisServer.ts";
import { describeDeviceLock, START } from "./deviceLock.contract.ts";
import { type Holding, LockAway } from "./deviceLock.ts";
import { describeDeviceLockModel } from "./deviceLockModel.contract.ts";
import { createRedisDeviceLock } from "./redisDeviceLock.ts";

const plain = await linkToRedis(inject("redisUrl"), PATIENT);
const cluster = await linkToRedis(inject("redisClusterUrl"), PATIENT);
afterAll(() => {
  for (const link of [plain, cluster]) link.end();
});
const phone: Holding = { deviceId: "phone", label: "Safari on iPhone", epoch: 4, since: START - 5_000 };
const laptop: Holding = { deviceId: "laptop", label: "Firefox on Linux", epoch: 5, since: START };

function lockOf(link: RedisLink, { nodeId = "n1", now = (): number => START, isTestClock = true } = {}) {
  let dropped = 0;
  const lock = createRedisDeviceLock({
    redis: link.commands,
    nodeId,
    now,
    isTestClock,
    isAnswering: () => true,
    dropped: () => {
      dropped += 1;
    },
  });
  return { lock, dropped: () => dropped };
}

let users = 0;
const someone = () => `someone-${process.pid}-${users++}`;

describe.each([
  { where: "a Redis", link: plain, runs: 10_000 },
  { where: "a Redis cluster", link: cluster, runs: 1_000 },
])("in $where", ({ where, link, runs }) => {
  const make = (clock: { now(): number }) => lockOf(link, { now: clock.now }).lock;
  describeDeviceLock(`the lock in ${where}`, make);
  describeDeviceLockModel(`the lock in ${where}`, make, { runs });

  test("two nodes with tabs of one device: neither shortens what the other says", async () => {
    const [one, two] = [lockOf(link, { nodeId: "n1" }).lock, lockOf(link, { nodeId: "n2" }).lock];
    const ada = someone();
    await one.settle(ada, phone, START + 30_000);
    await two.renew([{ userId: ada, holding: phone, leaseUntil: START + 5_000 }]);
    expect(await two.read(ada)).toMatchObject({ leaseUntil: START + 30_000 });
    await one.renew([{ userId: ada, holding: phone, leaseUntil: START + 1_000 }]);
    expect(await one.read(ada)).toMatchObject({ leaseUntil: START + 5_000 });
    // Who logs out does so on all nodes.
    await two.release(ada, phone);
    expect(await one.read(ada)).toBeUndefined();
  });

  test("a node whose clock is an hour off neither keeps nor ends anybody's lease", async () => {
    const now = Date.now();
    const [right, early, late] = [0, -3_600_000, 3_600_000].map((offset) => {
      const clock = () => now + offset;
      return { clock, ...lockOf(link, { nodeId: `n${offset}`, now: clock, isTestClock: false }) };
    });
    const ada = someone();
    for (const node of [right, early, late]) {
      if (!node) continue;
      await node.lock.settle(ada, phone, node.clock() + 60_000);
      expect(await node.lock.read(ada), "live for all").toMatchObject({ deviceId: "phone" });
    }
    await right?.lock.release(ada, phone);
    for (const node of [right, early, late]) expect(await node?.lock.read(ada)).toBeUndefined();
  });

  test("an older takeover that is settled late, by another node, changes nothing", async () => {
    const [one, two] = [lockOf(link, { nodeId: "n1" }).lock, lockOf(link, { nodeId: "n2" }).lock];
    const ada = someone();
    await one.settle(ada, laptop, START + 30_000);
    expect(await two.settle(ada, phone, START + 60_000)).toMatchObject({ kind: "superseded", by: laptop });
    expect(await two.read(ada)).toMatchObject(laptop);
  });

  test("scripts that were flushed are sent again", async () => {
    const { lock } = lockOf(link);
    const ada = someone();
    await lock.settle(ada, phone, START + 30_000);
    await link.commands.script("FLUSH");
    expect(await lock.settle(ada, laptop, START + 30_000)).toEqual({ kind: "held" });
    await link.commands.script("FLUSH");
    expect(await lock.read(ada)).toMatchObject(laptop);
  });

  describe("what is not of our making is thrown away, counted, and settled anew", () => {
    const redis = link.commands;
    test.each<[string, (key: string) => Promise<unknown>]>([
      ["a string", (key) => redis.set(key, "garbage")],
      ["a list", (key) => redis.rpush(key, "a", "b")],
      ["a hash of something else", (key) => redis.hset(key, { a: 1 })],
      ["an epoch that is no number", (key) => redis.hset(key, { ...asHash(phone), epoch: "many" })],
      ["an epoch past all numbers", (key) => redis.hset(key, { ...asHash(phone), epoch: "9".repeat(400) })],
      ["half of it", (key) => redis.hset(key, { deviceId: "phone", epoch: 4 })],
      ["a label of a megabyte", (key) => redis.hset(key, { ...asHash(phone), label: "x".repeat(1_000_000) })],
      [
        "ten thousand fields",
        (key) => redis.hset(key, Object.fromEntries([...Array(10_000).keys()].map((i) => [`f${i}`, i]))),
      ],
    ])("%s", async (_, spoil) => {
      for (const first of ["read", "settle"] as const) {
        const { lock, dropped } = lockOf(link);
        const ada = someone();
        await spoil(keys.lock(ada));
        if (first === "read") expect(await lock.read(ada)).toBeUndefined();
        expect(await lock.settle(ada, laptop, START + 30_000)).toEqual({ kind: "held" });
        expect(dropped()).toBe(1);
        expect(await lock.read(ada)).toEqual({ ...laptop, leaseUntil: START + 30_000 });
      }
    });
  });

  test("a lease for ever, which nobody was promised, holds for nobody", async () => {
    const { lock } = lockOf(link);
    const ada = someone();
    await link.commands.hset(keys.lock(ada), { ...asHash(phone), "lease:n9": "9e15" });
    expect(await lock.read(ada)).toBeUndefined();
  });
});

test("what nobody asks for is forgotten by itself, an hour after its lease", async () => {
  const ada = someone();
  await lockOf(plain).lock.settle(ada, phone, START + 30_000);
  const left = await plain.commands.pttl(keys.lock(ada));
  expect(left).toBeGreaterThan(3_600_000);
  expect(left).toBeLessThanOrEqual(3_630_000);
});

test("a Redis that cannot be reached is told as such, by every method", async () => {
  const nowhere = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
  nowhere.on("error", () => {});
  const { lock } = lockOf({
    commands: nowhere,
    subscriber: nowhere,
    listen: async () => {},
    listenAgain: () => {},
    unfit: () => undefined,
    end: () => {},
  });
  const entry = { userId: "ada", holding: phone, leaseUntil: START };
  await expect(lock.read("ada")).rejects.toThrow(LockAway);
  await expect(lock.settle("ada", phone, START)).rejects.toThrow(LockAway);
  await expect(lock.renew([entry])).rejects.toThrow(LockAway);
  await expect(lock.release("ada", phone)).rejects.toThrow(LockAway);
  nowhere.disconnect();
});

function asHash({ deviceId, label, epoch, since }: Holding) {
  return { deviceId, label, epoch, since };
}

// On a real Redis, and on one in cluster mode.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, test } from "vitest";
import type { RedisConnection } from "../redis/connect.ts";
import { keys } from "../redis/keys.ts";
import { linkToRedis, PATIENT } from "../testing/redisServer.ts";
import { cached, somebody, unreadable } from "./cachedMessages.fixture.ts";
import { describeCacheStore } from "./cacheStore.contract.ts";
import { createRedisCache } from "./redisCache.ts";
import { type CacheEvent, createSnapshotCache } from "./snapshotCache.ts";

const plain = await linkToRedis(inject("redisUrl"), PATIENT);
const cluster = await linkToRedis(inject("redisClusterUrl"), PATIENT);
afterAll(() => {
  for (const link of [plain, cluster]) link.end();
});

const TTL_MS = 60_000;

function setUp(redis: RedisConnection, { patienceMs } = PATIENT) {
  const store = createRedisCache({ redis, ttlMs: TTL_MS, patienceMs });
  const events: CacheEvent[] = [];
  const ada = somebody();
  const key = keys.messages(ada.place.userId, ada.sessionId);
  return { store, events, ada, key, cache: createSnapshotCache(store, (event) => events.push(event)) };
}

describe.each([
  { where: "a Redis", redis: plain.commands },
  { where: "a Redis cluster", redis: cluster.commands },
])("in $where", ({ where, redis }) => {
  describeCacheStore(`the cache in ${where}`, () => setUp(redis).store);

  test.each([
    ["short", "hello ", 1],
    ["long", "Where is my order? ", 20_000],
    ["long one in many scripts", "где मेरा 注文? 🎉 ", 20_000],
  ])("a %s conversation is read on another node as it was", async (_, text, times) => {
    const { ada, cache, events } = setUp(redis);
    const said = cached(3, text.repeat(times));
    await cache.write(ada.reader, ada.sessionId, said);
    const there = createSnapshotCache(setUp(redis).store, (event) => events.push(event));
    expect(await there.read(ada.reader, ada.at(3))).toEqual(said);
    expect(events).toEqual(["hit"]);
  });

  test("nothing that was said can be read in Redis", async () => {
    const { ada, cache, key } = setUp(redis);
    await cache.write(ada.reader, ada.sessionId, cached(3, "hello"));
    const found = (await redis.getBuffer(key))?.toString("latin1");
    expect(found).toMatch(/^3 /);
    expect(found).not.toContain("hello");
  });

  test("the messages of somebody else that were put under my key are not told to me, and go", async () => {
    const { ada, cache, key, events } = setUp(redis);
    const bob = somebody();
    await cache.write(bob.reader, bob.sessionId, cached(3, "bob's secret"));
    const theirs = await redis.getBuffer(keys.messages(bob.reader.userId, bob.sessionId));
    await redis.set(key, theirs ?? "");
    expect(await cache.read(ada.reader, ada.at(3))).toBeUndefined();
    expect(await redis.exists(key)).toBe(0);
    await cache.write(ada.reader, ada.sessionId, cached(3));
    expect(await cache.read(ada.reader, ada.at(3))).toEqual(cached(3));
    expect(events).toEqual(["dropped", "hit"]);
  });

  test("what can be unsealed by nobody, or not by this reader, is dropped, counted, and written anew", async () => {
    const { ada, cache, store, events } = setUp(redis);
    const values = Object.values(unreadable(ada));
    for (const value of values) {
      await store.put(ada.place, value);
      expect(await cache.read(ada.reader, ada.at(3))).toBeUndefined();
      expect(await store.get(ada.place)).toBe("nothing");
    }
    await cache.write(ada.reader, ada.sessionId, cached(1));
    expect(await cache.read(ada.reader, ada.at(1))).toEqual(cached(1));
    expect(events).toEqual([...values.map(() => "dropped"), "hit"]);
  });

  test("a rev above the row's, as after a backup came back, is told to nobody and does not stay", async () => {
    const { ada, cache, events } = setUp(redis);
    await cache.write(ada.reader, ada.sessionId, cached(9, "from the future"));
    expect(await cache.read(ada.reader, ada.at(4))).toBeUndefined();
    await cache.write(ada.reader, ada.sessionId, cached(4));
    expect(await cache.read(ada.reader, ada.at(4))).toEqual(cached(4));
    expect(events).toEqual(["stale", "hit"]);
  });

  describe("what is not of our making is thrown away, counted, and written anew", () => {
    const bytes = (length: number) => Buffer.alloc(length, 7);
    test.each<[string, (key: string) => Promise<unknown>]>([
      ["text", (key) => redis.set(key, "garbage")],
      ["a number", (key) => redis.incr(key)],
      ["a rev alone", (key) => redis.set(key, "3")],
      ["a rev past all numbers", (key) => redis.set(key, `${"9".repeat(400)} x`)],
      ["a rev that is rounded", (key) => redis.set(key, "9007199254740993 x")],
      ["a rev below nothing", (key) => redis.set(key, "-3 x")],
      ["a rev written otherwise", (key) => redis.set(key, "0x3 x")],
      ["a space", (key) => redis.set(key, " ")],
      ["a megabyte and a little", (key) => redis.set(key, Buffer.concat([Buffer.from("3 "), bytes(1_000_001)]))],
      ["twenty megabytes", (key) => redis.set(key, "3 ").then(() => redis.setrange(key, 20_000_000, "x"))],
      ["a list", (key) => redis.rpush(key, "3 x", "b")],
      ["a hash", (key) => redis.hset(key, { rev: 3 })],
      ["a sorted set", (key) => redis.zadd(key, 3, "x")],
      ["a stream", (key) => redis.xadd(key, "*", "a", "b")],
    ])("%s", async (_, spoil) => {
      for (const first of ["read", "write"] as const) {
        const { ada, cache, key, events } = setUp(redis);
        await spoil(key);
        if (first === "read") {
          expect(await cache.read(ada.reader, ada.at(3))).toBeUndefined();
          expect(events).toEqual(["dropped"]);
          expect(await redis.exists(key)).toBe(0);
        }
        await cache.write(ada.reader, ada.sessionId, cached(4));
        expect(await cache.read(ada.reader, ada.at(4))).toEqual(cached(4));
        expect(await redis.type(key)).toBe("string");
      }
    });
  });

  test("more than a megabyte is not kept, and what is there stays", async () => {
    const { ada, store, key } = setUp(redis);
    const most = Buffer.alloc(1_000_000, 1);
    await store.put(ada.place, { rev: 3, bytes: most });
    await store.put(ada.place, { rev: 4, bytes: Buffer.alloc(1_000_001) });
    const found = await store.get(ada.place);
    expect(typeof found === "object" && found.rev === 3 && found.bytes.equals(most)).toBe(true);
    await redis.append(key, "x");
    expect(await store.get(ada.place)).toBe("garbled");
    expect(await store.get(ada.place)).toBe("nothing");
  });

  test("a script that was flushed is sent again", async () => {
    const { ada, cache } = setUp(redis);
    await cache.write(ada.reader, ada.sessionId, cached(1));
    await redis.script("FLUSH");
    await cache.write(ada.reader, ada.sessionId, cached(2));
    expect(await cache.read(ada.reader, ada.at(2))).toEqual(cached(2));
  });
});

test("what nobody replaces is forgotten in its time, and what is not replaced lives no longer for it", async () => {
  const { ada, cache, key } = setUp(plain.commands);
  await cache.write(ada.reader, ada.sessionId, cached(3));
  expect(await plain.commands.pttl(key)).toBeGreaterThan(0);
  expect(await plain.commands.pttl(key)).toBeLessThanOrEqual(TTL_MS);
  await plain.commands.pexpire(key, 5_000);
  await cache.write(ada.reader, ada.sessionId, cached(3));
  expect(await plain.commands.pttl(key)).toBeLessThanOrEqual(5_000);
  await cache.write(ada.reader, ada.sessionId, cached(4));
  expect(await plain.commands.pttl(key)).toBeGreaterThan(5_000);
});

test("a Redis that cannot be reached is counted as away, and is no error", async () => {
  const nowhere = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
  nowhere.on("error", () => {});
  const { ada, cache, store, events } = setUp(nowhere);
  expect(await cache.read(ada.reader, ada.at(3))).toBeUndefined();
  await cache.write(ada.reader, ada.sessionId, cached(3));
  await store.delete(ada.place);
  expect(events).toEqual(["away"]);
  nowhere.disconnect();
});

test("for a Redis that does not answer nobody waits, and it is counted as away", async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  await once(mute, "listening");
  const { port } = mute.address() as AddressInfo;
  // Without limits of its own: it would wait for ever.
  const redis = new Redis({ port, host: "127.0.0.1", enableReadyCheck: false, disableClientInfo: true });
  redis.on("error", () => {});
  const { ada, cache, store, events } = setUp(redis, { patienceMs: 20 });
  expect(await cache.read(ada.reader, ada.at(3))).toBeUndefined();
  await cache.write(ada.reader, ada.sessionId, cached(3));
  await store.delete(ada.place);
  expect(events).toEqual(["away"]);
  redis.disconnect();
  for (const socket of sockets) socket.destroy();
  mute.close();
  await once(mute, "close");
});

test("a Redis that refuses, as one that is still loading, is counted as away", async () => {
  const { ada, store } = setUp(refusing("LOADING Redis is loading the dataset in memory"));
  expect(await store.get(ada.place)).toBe("away");
});

/** A connection whose every answer is this error. */
function refusing(message: string): RedisConnection {
  const redis = new Redis({ lazyConnect: true, enableOfflineQueue: false });
  redis.sendCommand = () => Promise.reject(new Error(message));
  return redis;
}

// On a real Redis, and on one in cluster mode.
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, test } from "vitest";
import type { RedisConnection } from "../redis/connect.ts";
import { keys } from "../redis/keys.ts";
import { linkToRedis, PATIENT } from "../testing/redisServer.ts";
import { describeDamping, START } from "./damping.contract.ts";
import { createDamping, FREE_PRESSES, WAIT_MS, WITHIN_MS } from "./damping.ts";
import { createRedisDamping, pressOnce } from "./redisDamping.ts";

const plain = await linkToRedis(inject("redisUrl"), PATIENT);
const cluster = await linkToRedis(inject("redisClusterUrl"), PATIENT);
afterAll(() => {
  for (const link of [plain, cluster]) link.end();
});

function dampingIn(redis: RedisConnection, clock?: { now(): number }) {
  let dropped = 0;
  /** While Redis is there nobody else counts. */
  const meanwhile = { press: () => Promise.reject(new Error("Redis was not asked, or did not answer")) };
  const damping = createRedisDamping({
    redis,
    dropped: () => {
      dropped += 1;
    },
    ...(clock && { now: clock.now }),
    meanwhile,
  });
  return { ...damping, dropped: () => dropped };
}

const at = (time: number) => ({ time, now: () => time });

describe.each([
  { where: "a Redis", redis: plain.commands },
  { where: "a Redis cluster", redis: cluster.commands },
])("in $where", ({ where, redis }) => {
  describeDamping(`the damping in ${where}`, (clock) => dampingIn(redis, clock));

  test("two devices on two nodes that fight are held up as if they were on one", async () => {
    const [one, two, ada] = [dampingIn(redis), dampingIn(redis), randomUUID()];
    const answers = [await one.press(ada), await two.press(ada), await one.press(ada)];
    expect(answers).toEqual([0, 0, 0]);
    expect(await two.press(ada)).toBe(10_000);
    const left = await one.press(ada);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(10_000);
  });

  test("a press whose reply was lost and that is sent again counts once, whatever came in between", async () => {
    const ada = randomUUID();
    const press = async (id: string) => {
      const values = { now: START, press: id, free: FREE_PRESSES, withinMs: WITHIN_MS, waitMs: WAIT_MS };
      return (await pressOnce(redis, { keys: { presses: keys.presses(ada) }, values })).waitMs;
    };
    for (const id of ["1", "1", "2", "1", "2", "3", "3"]) expect(await press(id)).toBe(0);
    expect(await press("4")).toBe(10_000);
    expect(await press("4")).toBe(10_000);
    // It had gone through before the wait began.
    expect(await press("3")).toBe(0);
  });

  test("a clock that was put back makes nobody wait for longer, and lets them through", async () => {
    const ada = randomUUID();
    for (const expected of [0, 0, 0, 10_000]) expect(await dampingIn(redis, at(START)).press(ada)).toBe(expected);
    const earlier = dampingIn(redis, at(START - 3_600_000));
    for (const expected of [0, 0, 0, 10_000]) expect(await earlier.press(ada)).toBe(expected);
    const bob = randomUUID();
    for (const expected of [0, 0, 0]) expect(await dampingIn(redis, at(START)).press(bob)).toBe(expected);
    expect(await earlier.press(bob)).toBe(0);
  });

  test("a script that was flushed is sent again", async () => {
    const [damping, ada] = [dampingIn(redis), randomUUID()];
    await damping.press(ada);
    await redis.script("FLUSH");
    expect(await damping.press(ada)).toBe(0);
  });

  describe("what is not of our making is thrown away, counted, and counts for nothing", () => {
    const many = [...Array(10_000).keys()].flatMap((i) => [START - i, `p${i}`]);
    test.each<[string, (key: string) => Promise<unknown>]>([
      ["text", (key) => redis.set(key, "garbage")],
      ["a hash", (key) => redis.hset(key, { a: 1 })],
      ["a list", (key) => redis.rpush(key, "a", "b")],
      ["ten thousand presses", (key) => redis.zadd(key, ...many)],
    ])("%s", async (_, spoil) => {
      const [damping, ada] = [dampingIn(redis, at(START)), randomUUID()];
      await spoil(keys.presses(ada));
      for (const expected of [0, 0, 0, 10_000]) expect(await damping.press(ada)).toBe(expected);
      expect(damping.dropped()).toBe(1);
    });
  });

  test.each([
    ["a wait for ever", ["+inf", "wait"]],
    ["a wait of an hour", [START + 3_600_000, "wait"]],
    ["a wait before there was time", ["-inf", "wait"]],
    ["presses of the future", ["+inf", "a", START + 1, "b", START + 60_000, "c"]],
    ["presses before there was time", ["-inf", "a", -1, "b", 0, "c"]],
  ])("%s: nobody is held up", async (_, members) => {
    const [damping, ada] = [dampingIn(redis, at(START)), randomUUID()];
    await redis.zadd(keys.presses(ada), ...members);
    for (const expected of [0, 0, 0, 10_000]) expect(await damping.press(ada)).toBe(expected);
  });

  test("what nobody asks for is forgotten by itself: a minute after a press, and when a wait is over", async () => {
    const [damping, ada] = [dampingIn(redis), randomUUID()];
    const left = () => redis.pttl(keys.presses(ada));
    await redis.zadd(keys.presses(ada), 0, "before there was an end to it");
    await damping.press(ada);
    expect(await left()).toBeGreaterThan(10_000);
    expect(await left()).toBeLessThanOrEqual(60_000);
    for (const _ of [1, 2, 3]) await damping.press(ada);
    expect(await left()).toBeGreaterThan(0);
    expect(await left()).toBeLessThanOrEqual(10_000);
  });
});

test("while Redis is away this node counts by itself, and it is no error", async () => {
  const nowhere = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
  nowhere.on("error", () => {});
  const clock = at(START);
  const meanwhile = createDamping(clock);
  const damping = createRedisDamping({ redis: nowhere, dropped: () => {}, meanwhile });
  for (const expected of [0, 0, 0, 10_000, 10_000]) expect(await damping.press("ada")).toBe(expected);
  expect(await damping.press("bob")).toBe(0);
  nowhere.disconnect();
});

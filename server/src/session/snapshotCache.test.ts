import { expect, test } from "vitest";
import { cached, somebody, unreadable } from "./cachedMessages.fixture.ts";
import { createMemoryCache } from "./memoryCache.ts";
import { type CacheEvent, type CacheStore, createSnapshotCache } from "./snapshotCache.ts";

const ada = somebody();
const { reader, sessionId, place, at } = ada;

function setUp(store: CacheStore = createMemoryCache({ maxBytes: 10_000_000, ttlMs: 1_000, now: () => 0 })) {
  const events: CacheEvent[] = [];
  return { store, events, cache: createSnapshotCache(store, (event) => events.push(event)) };
}

test("what was written is read while it is the truth, and counted", async () => {
  const { cache, events } = setUp();
  expect(await cache.read(reader, at(3))).toBeUndefined();
  await cache.write(reader, sessionId, cached(3));
  expect(await cache.read(reader, at(3))).toEqual(cached(3));
  expect(events).toEqual(["miss", "hit"]);
});

test("what was cached at rev 3 is not told to someone whose row says 4, and stays until it is replaced", async () => {
  const { cache, events } = setUp();
  await cache.write(reader, sessionId, cached(3));
  expect(await cache.read(reader, at(4))).toBeUndefined();
  expect(await cache.read(reader, at(3))).toEqual(cached(3));
  await cache.write(reader, sessionId, cached(4));
  expect(await cache.read(reader, at(4))).toEqual(cached(4));
  expect(events).toEqual(["stale", "hit", "hit"]);
});

test("what was cached at rev 3 is not told when a backup brought rev 2 back, and is replaced then", async () => {
  const { cache, events } = setUp();
  await cache.write(reader, sessionId, cached(3));
  expect(await cache.read(reader, at(2))).toBeUndefined();
  await cache.write(reader, sessionId, cached(2, "as it was"));
  expect(await cache.read(reader, at(2))).toEqual(cached(2, "as it was"));
  expect(events).toEqual(["stale", "hit"]);
});

test("only what is older is replaced", async () => {
  const { cache } = setUp();
  await cache.write(reader, sessionId, cached(3, "three"));
  await cache.write(reader, sessionId, cached(2, "two"));
  await cache.write(reader, sessionId, cached(3, "another three"));
  expect(await cache.read(reader, at(3))).toEqual(cached(3, "three"));
  await cache.write(reader, sessionId, cached(4, "four"));
  expect(await cache.read(reader, at(4))).toEqual(cached(4, "four"));
});

test("a long conversation is pressed together, and unfolds as it was", async () => {
  const { cache, store } = setUp();
  const long = cached(1, "Where is my order? ".repeat(20_000));
  await cache.write(reader, sessionId, long);
  const found = await store.get(place);
  expect(typeof found === "object" && found.bytes.length).toBeLessThan(50_000);
  expect(await cache.read(reader, at(1))).toEqual(long);
});

test.each(Object.entries(unreadable(ada)))(
  "a value that is %s is dropped, counted, and written anew",
  async (_, value) => {
    const { cache, store, events } = setUp();
    await store.put(place, value);
    expect(await cache.read(reader, at(3))).toBeUndefined();
    expect(await store.get(place)).toBe("nothing");
    await cache.write(reader, sessionId, cached(1));
    expect(await cache.read(reader, at(1))).toEqual(cached(1));
    expect(events).toEqual(["dropped", "hit"]);
  },
);

test.each([
  ["garbled", "dropped"],
  ["away", "away"],
] as const)("a store that says «%s» is counted as %s, and nothing was read", async (found, outcome) => {
  const { cache, events } = setUp({ get: () => found, put: () => {}, delete: () => {} });
  expect(await cache.read(reader, at(3))).toBeUndefined();
  expect(events).toEqual([outcome]);
});

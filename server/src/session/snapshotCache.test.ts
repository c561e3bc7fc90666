import type { Message } from "@baton/shared/visitor/shapes";
import { expect, test } from "vitest";
import { createVault, sealText } from "../transcript/vault.ts";
import { createMemoryCache } from "./memoryCache.ts";
import { type CacheEvent, createSnapshotCache } from "./snapshotCache.ts";

const vault = createVault(Buffer.alloc(32, 1));
const keys = vault.keyring([vault.newKey()]);
const others = vault.keyring([vault.newKey()]);

function message(text: string): Message {
  return {
    id: "m",
    sessionId: "s",
    seq: 1,
    rev: 1,
    threadId: "t",
    author: { kind: "visitor", id: "ada" },
    kind: "text",
    text,
    status: "complete",
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

function cached(rev: number, text = "hello") {
  return { rev, messages: [message(text)], hasMore: false };
}

function setUp() {
  const store = createMemoryCache({ maxBytes: 10_000_000, ttlMs: 1_000, now: () => 0 });
  const events: CacheEvent[] = [];
  return { store, events, cache: createSnapshotCache(store, (event) => events.push(event)) };
}

test("what was written is read while it is the truth, and counted", async () => {
  const { cache, events } = setUp();
  expect(await cache.read(keys, "s", 3)).toBeUndefined();
  await cache.write(keys, "s", cached(3));
  expect(await cache.read(keys, "s", 3)).toEqual(cached(3));
  expect(events).toEqual(["miss", "hit"]);
});

test.each([2, 4])("what was cached at rev 3 is not told to someone whose row says %i, and stays", async (rev) => {
  const { cache, events } = setUp();
  await cache.write(keys, "s", cached(3));
  expect(await cache.read(keys, "s", rev)).toBeUndefined();
  expect(await cache.read(keys, "s", 3)).toEqual(cached(3));
  expect(events).toEqual(["stale", "hit"]);
});

test("only what is older is replaced", async () => {
  const { cache } = setUp();
  await cache.write(keys, "s", cached(3, "three"));
  await cache.write(keys, "s", cached(2, "two"));
  await cache.write(keys, "s", cached(3, "another three"));
  expect(await cache.read(keys, "s", 3)).toEqual(cached(3, "three"));
  await cache.write(keys, "s", cached(4, "four"));
  expect(await cache.read(keys, "s", 4)).toEqual(cached(4, "four"));
});

test("a long conversation is pressed together, and unfolds as it was", async () => {
  const { cache, store } = setUp();
  const long = cached(1, "Where is my order? ".repeat(20_000));
  await cache.write(keys, "s", long);
  expect((await store.get("s"))?.length).toBeLessThan(50_000);
  expect(await cache.read(keys, "s", 1)).toEqual(long);
});

const good = sealText(keys, "cache s", `j${JSON.stringify(cached(3))}`);
const shapes = {
  "no sealed content": Buffer.from("garbage"),
  nothing: Buffer.alloc(0),
  "cut short": good.subarray(0, -1),
  "of another session": sealText(keys, "cache other", `j${JSON.stringify(cached(3))}`),
  "under another's key": sealText(others, "cache s", `j${JSON.stringify(cached(3))}`),
  "no JSON": sealText(keys, "cache s", "j{"),
  null: sealText(keys, "cache s", "jnull"),
  "without messages": sealText(keys, "cache s", 'j{"rev":3}'),
  "without a rev": sealText(keys, "cache s", 'j{"messages":[]}'),
  "with a rev that is none": sealText(keys, "cache s", 'j{"rev":"3","messages":[]}'),
  "no compressed content": sealText(keys, "cache s", "zzzz"),
};

test.each(Object.entries(shapes))("a value that is %s is dropped, counted, and written anew", async (_, value) => {
  const { cache, store, events } = setUp();
  await store.set("s", value);
  expect(await cache.read(keys, "s", 3)).toBeUndefined();
  expect(await store.get("s")).toBeUndefined();
  await store.set("s", value);
  await cache.write(keys, "s", cached(1));
  expect(await cache.read(keys, "s", 1)).toEqual(cached(1));
  expect(events).toEqual(["dropped", "hit"]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { describeCacheStore } from "./cacheStore.contract.ts";
import { createMemoryCache } from "./memoryCache.ts";

describeCacheStore("the cache of one process", () => cache(10_000).store);

function cache(maxBytes = 100, ttlMs = 1_000) {
  const clock = { now: 0 };
  return { clock, store: createMemoryCache({ maxBytes, ttlMs, now: () => clock.now }) };
}
const at = (id: string) => ({ userId: "ada", sessionId: id });
const sized = (length: number, rev = 1) => ({ rev, bytes: Buffer.alloc(length, rev) });

test("what was put is there until its time is over, however often it is read", async () => {
  const { clock, store } = cache();
  await store.put(at("a"), sized(10));
  clock.now = 999;
  expect(store.get(at("a"))).toEqual(sized(10));
  clock.now = 1_000;
  expect(store.get(at("a"))).toBe("nothing");
  await store.put(at("b"), sized(10, 2));
  clock.now = 2_000;
  await store.put(at("b"), sized(10, 1));
  expect(store.get(at("b")), "what is over stands in nobody's way").toEqual(sized(10, 1));
});

test("what was not replaced lives no longer for it", async () => {
  const { clock, store } = cache();
  await store.put(at("a"), sized(10));
  clock.now = 999;
  await store.put(at("a"), sized(10));
  clock.now = 1_000;
  expect(store.get(at("a"))).toBe("nothing");
});

test("the longest unused goes first", async () => {
  const { store } = cache(30);
  for (const id of ["a", "b", "c"]) await store.put(at(id), sized(10));
  await store.get(at("a"));
  await store.put(at("d"), sized(10));
  expect(["a", "b", "c", "d"].filter((id) => store.get(at(id)) !== "nothing")).toEqual(["a", "c", "d"]);
});

test("a value larger than everything is not kept", async () => {
  const { store } = cache(30);
  await store.put(at("a"), sized(31));
  expect(store.get(at("a"))).toBe("nothing");
  await store.put(at("b"), sized(30));
  expect(store.get(at("b"))).toEqual(sized(30));
});

test("deleting gives the room back", async () => {
  const { store } = cache(20);
  await store.put(at("a"), sized(10));
  await store.delete(at("a"));
  await store.delete(at("a"));
  await store.put(at("b"), sized(10));
  await store.put(at("c"), sized(10));
  expect(store.get(at("b"))).toEqual(sized(10));
});

test("it never holds more than its bytes, and never another value than the newest", async () => {
  const step = fc.record({
    kind: fc.constantFrom("put", "get", "delete"),
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    length: fc.integer({ min: 0, max: 60 }),
    waitMs: fc.integer({ min: 0, max: 400 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step), async (steps) => {
      const { clock, store } = cache();
      const newest = new Map<string, unknown>();
      for (const [rev, { kind, id, length, waitMs }] of steps.entries()) {
        clock.now += waitMs;
        const value = sized(length, rev);
        if (kind === "put") {
          await store.put(at(id), value);
          newest.set(id, value);
          expect(store.get(at(id))).toEqual(value);
        }
        if (kind === "delete") {
          await store.delete(at(id));
          newest.delete(id);
        }
        const found = store.get(at(id));
        if (found !== "nothing") expect(found).toEqual(newest.get(id));
      }
      const held = await Promise.all(["a", "b", "c", "d", "e"].map((id) => store.get(at(id))));
      const total = held.reduce((sum, found) => sum + (typeof found === "object" ? found.bytes.length : 0), 0);
      expect(total).toBeLessThanOrEqual(100);
    }),
  );
});

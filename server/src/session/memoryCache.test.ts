import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryCache } from "./memoryCache.ts";

function cache(maxBytes = 100, ttlMs = 1_000) {
  const clock = { now: 0 };
  return { clock, store: createMemoryCache({ maxBytes, ttlMs, now: () => clock.now }) };
}
const bytes = (length: number, fill = 1) => Buffer.alloc(length, fill);

test("what was set is there until its time is over, however often it is read", async () => {
  const { clock, store } = cache();
  await store.set("a", bytes(10));
  clock.now = 999;
  expect(store.get("a")).toEqual(bytes(10));
  clock.now = 1_000;
  expect(store.get("a")).toBeUndefined();
});

test("the longest unused goes first", async () => {
  const { store } = cache(30);
  for (const id of ["a", "b", "c"]) await store.set(id, bytes(10));
  await store.get("a");
  await store.set("d", bytes(10));
  expect(["a", "b", "c", "d"].filter((id) => store.get(id) !== undefined)).toEqual(["a", "c", "d"]);
});

test("a value larger than everything is not kept", async () => {
  const { store } = cache(30);
  await store.set("a", bytes(31));
  expect(store.get("a")).toBeUndefined();
  await store.set("b", bytes(30));
  expect(store.get("b")).toEqual(bytes(30));
});

test("deleting gives the room back", async () => {
  const { store } = cache(20);
  await store.set("a", bytes(10));
  await store.delete("a");
  await store.delete("a");
  await store.set("b", bytes(10));
  await store.set("c", bytes(10));
  expect(store.get("b")).toEqual(bytes(10));
});

test("it never holds more than its bytes, and never another value than the last", async () => {
  const step = fc.record({
    kind: fc.constantFrom("set", "get", "delete"),
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    length: fc.integer({ min: 0, max: 60 }),
    waitMs: fc.integer({ min: 0, max: 400 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step), async (steps) => {
      const { clock, store } = cache();
      const last = new Map<string, Buffer>();
      for (const [i, { kind, id, length, waitMs }] of steps.entries()) {
        clock.now += waitMs;
        const value = bytes(length, i % 256);
        if (kind === "set") {
          await store.set(id, value);
          last.set(id, value);
          expect(store.get(id)).toEqual(value);
        }
        if (kind === "delete") {
          await store.delete(id);
          last.delete(id);
        }
        const found = store.get(id);
        if (found) expect(found).toEqual(last.get(id));
      }
      const held = ["a", "b", "c", "d", "e"].map((id) => store.get(id));
      const total = held.reduce<number>((sum, value) => sum + ((value as Buffer | undefined)?.length ?? 0), 0);
      expect(total).toBeLessThanOrEqual(100);
    }),
  );
});

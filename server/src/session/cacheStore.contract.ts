/** What every CacheStore does: run by memoryCache.test.ts and redisCache.test.ts. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CachePlace, CacheStore, Sealed } from "./snapshotCache.ts";

/** @param make a new store, or a new view of one that is shared: each test has users of its own */
export function describeCacheStore(name: string, make: () => CacheStore): void {
  const sealed = (rev: number, text = `at ${rev}`): Sealed => ({ rev, bytes: Buffer.from(text) });
  const somewhere = (): CachePlace => ({ userId: randomUUID(), sessionId: randomUUID() });

  describe(name, () => {
    test("what was put is there, byte for byte, until it is deleted", async () => {
      const [store, place] = [make(), somewhere()];
      expect(await store.get(place)).toBe("nothing");
      const all = { rev: 9_007_199_254_740_991, bytes: Buffer.from([...Array(256).keys(), 0, 13, 10]) };
      await store.put(place, all);
      expect(await store.get(place)).toEqual(all);
      await store.delete(place);
      await store.delete(place);
      expect(await store.get(place)).toBe("nothing");
    });

    test("only what is older is replaced", async () => {
      const [store, place] = [make(), somewhere()];
      await store.put(place, sealed(9));
      await store.put(place, sealed(8));
      await store.put(place, sealed(9, "another nine"));
      expect(await store.get(place)).toEqual(sealed(9));
      await store.put(place, sealed(10));
      expect(await store.get(place)).toEqual(sealed(10));
    });

    test("what is deleted makes room for what is older", async () => {
      const [store, place] = [make(), somewhere()];
      await store.put(place, sealed(9));
      await store.delete(place);
      await store.put(place, sealed(2));
      expect(await store.get(place)).toEqual(sealed(2));
    });

    test("another session, and the same session of another user, are other places", async () => {
      const [store, ada, bob] = [make(), somewhere(), somewhere()];
      await store.put(ada, sealed(1, "ada's"));
      await store.put({ ...ada, sessionId: bob.sessionId }, sealed(1, "ada's other"));
      await store.put({ ...ada, userId: bob.userId }, sealed(1, "bob's"));
      expect(await store.get(ada)).toEqual(sealed(1, "ada's"));
      await store.delete({ ...ada, userId: bob.userId });
      expect(await store.get(ada)).toEqual(sealed(1, "ada's"));
      expect(await store.get(bob)).toBe("nothing");
    });

    test("whatever is put in whatever order, the newest is there", async () => {
      const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
      const step = fc.record({ rev: fc.integer({ min: 0, max: 5 }), bytes, isDelete: fc.boolean() });
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const [store, place] = [make(), somewhere()];
        let newest: Sealed | undefined;
        for (const { isDelete, ...put } of steps) {
          await (isDelete ? store.delete(place) : store.put(place, put));
          if (isDelete) newest = undefined;
          else if (!newest || put.rev > newest.rev) newest = put;
          expect(await store.get(place)).toEqual(newest ?? "nothing");
        }
      });
      await fc.assert(property, { numRuns: 100 });
    });
  });
}

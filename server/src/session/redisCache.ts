/**
 * CacheStore of many nodes: in Redis, which may be away, slow, empty, or hold what is not of our making. Whatever it says,
 * a visitor who opens loses nothing by it but a moment.
 */
import type { RedisConnection } from "../redis/connect.ts";
import { defineScript } from "../redis/defineScript.ts";
import { keys } from "../redis/keys.ts";
import { isOfAnotherType } from "../redis/otherType.ts";
import type { CachePlace, CacheStore, Found, Sealed } from "./snapshotCache.ts";

/** Larger ones are neither kept nor fetched: an answer holds less, so they are not of our making. */
const MOST_BYTES = 1_000_000;
/** By then the rows have answered long ago. */
const PATIENCE_MS = 200;
/** The rev and a space come first: a script that compares revs cannot open what is sealed. */
const MOST_DIGITS = 16;

export type RedisCacheParts = {
  redis: RedisConnection;
  ttlMs: number;
  /** Milliseconds after which whoever reads goes on without. */
  patienceMs?: number | undefined;
};

const keep = defineScript({
  file: new URL("./redisCache.lua", import.meta.url),
  name: "batonKeepMessages",
  keys: ["messages"],
  values: ["rev", "bytes", "ttlMs"],
  parse(reply): "kept" | "newer" {
    if (reply === "kept" || reply === "newer") return reply;
    throw new Error(`redisCache.lua answered ${String(reply)}`);
  },
});

export function createRedisCache({ redis, ttlMs, patienceMs = PATIENCE_MS }: RedisCacheParts): CacheStore {
  /** Undefined for what is not of our making. */
  async function fetch(key: string): Promise<Sealed | "nothing" | undefined> {
    try {
      // One byte more than there may be: whatever is longer is recognised without being fetched.
      const found = await redis.getrangeBuffer(key, 0, MOST_DIGITS + 1 + MOST_BYTES);
      return found.length === 0 ? "nothing" : parse(found);
    } catch (error) {
      if (isOfAnotherType(error)) return undefined;
      throw error;
    }
  }

  async function read(key: string): Promise<Found> {
    const found = await fetch(key);
    if (found) return found;
    await redis.unlink(key);
    return "garbled";
  }

  return {
    get: (place) => withinOr("away", read(keyOf(place)), patienceMs),
    async put(place, { rev, bytes }) {
      if (bytes.length > MOST_BYTES) return;
      const kept = keep(redis, { keys: { messages: keyOf(place) }, values: { rev, bytes, ttlMs } });
      await withinOr(undefined, kept, patienceMs);
    },
    async delete(place) {
      await withinOr(undefined, redis.unlink(keyOf(place)), patienceMs);
    },
  };
}

/** The answer, if there is one in time. */
async function withinOr<T, Otherwise>(otherwise: Otherwise, answer: Promise<T>, ms: number): Promise<T | Otherwise> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Otherwise>((resolve) => {
    timer = setTimeout(resolve, ms, otherwise);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } catch {
    return otherwise;
  } finally {
    clearTimeout(timer);
  }
}

function keyOf({ userId, sessionId }: CachePlace): string {
  return keys.messages(userId, sessionId);
}

function parse(found: Buffer): Sealed | undefined {
  const space = found.subarray(0, MOST_DIGITS + 1).indexOf(" ");
  const digits = found.toString("latin1", 0, Math.max(0, space));
  const bytes = found.subarray(space + 1);
  const rev = Number(digits);
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(rev) || bytes.length > MOST_BYTES) return undefined;
  return { rev, bytes };
}

/**
 * What a gateway keeps in its Redis of ONE user, to be looked at and damaged. Nothing but keys whose names hold the id of a user
 * whom the drill has invented is ever written. Used by corruptCache.ts and redisGone.ts.
 */
import { once } from "node:events";
import { Cluster, type Redis } from "ioredis";
import type { RedisTarget } from "../../redis/address.ts";
import { connectRedis, type RedisConnection } from "../../redis/connect.ts";
import type { Value, Writing } from "./damage.ts";

const READY_WITHIN_MS = 5_000;
const SCAN_COUNT = 1_000;
/** Whatever is not overwritten by the gateway is gone soon, also when the drill is killed. */
const DAMAGE_LASTS_MS = 600_000;

export type RedisValues = ReturnType<typeof createRedisValues>;

export function createRedisValues(target: RedisTarget) {
  const link = connectRedis(target);
  // One connection is enough: nothing is listened to.
  link.subscriber.disconnect();
  const redis = link.commands;

  return {
    /** Waits until commands can be given. @throws when that takes too long */
    ready: () => whenReady(redis),

    async version(): Promise<string> {
      const info = await redis.info("server");
      return /redis_version:(\S+)/.exec(info)?.[1] ?? "of unknown version";
    },

    /** By SCAN: it does not stop the server, however many keys there are. */
    async keysOf(userId: string): Promise<string[]> {
      const found = await Promise.all(mastersOf(redis).map((master) => scan(master, `baton:{${userId}}*`)));
      return found.flat().sort();
    },

    /** Undefined when it is not there. */
    async dump(key: string): Promise<Buffer | undefined> {
      return (await redis.dumpBuffer(key)) ?? undefined;
    },

    async read(key: string): Promise<Value> {
      const type = await redis.type(key);
      if (type === "string") return { type, content: (await redis.getBuffer(key)) ?? Buffer.alloc(0) };
      return type === "hash" ? { type, fields: await redis.hgetall(key) } : { type: "other" };
    },

    async write(key: string, writing: Writing): Promise<void> {
      await redis.del(key);
      if (writing.as === "string") await redis.set(key, writing.content);
      if (writing.as === "hash") await redis.hset(key, writing.fields);
      if (writing.as === "list") await redis.rpush(key, ...writing.items);
      if (writing.as === "dump") await redis.restore(key, 0, writing.dump);
      await redis.pexpire(key, DAMAGE_LASTS_MS);
    },

    async remove(keys: readonly string[]): Promise<void> {
      for (const key of keys) await redis.del(key);
    },

    /** Everybody's commands wait for so long. */
    async pause(ms: number): Promise<void> {
      await Promise.all(mastersOf(redis).map((master) => master.call("CLIENT", "PAUSE", String(ms), "ALL")));
    },

    async answers(): Promise<boolean> {
      const masters = mastersOf(redis);
      const answers = await Promise.allSettled(masters.map((master) => master.ping()));
      return masters.length > 0 && answers.every(({ status }) => status === "fulfilled");
    },

    end: () => link.end(),
  };
}

function mastersOf(redis: RedisConnection): Redis[] {
  return redis instanceof Cluster ? redis.nodes("master") : [redis];
}

async function whenReady(redis: RedisConnection): Promise<void> {
  if (redis.status === "ready") return;
  await once(redis, "ready", { signal: AbortSignal.timeout(READY_WITHIN_MS) });
}

async function scan(master: Redis, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = await master.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== "0");
  return [...found];
}

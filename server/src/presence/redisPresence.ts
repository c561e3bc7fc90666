/**
 * Presence of many nodes, in Redis: one hash for each user, a field for each connection. A connection lives as long as
 * its node says that it lives (redisPulse.ts): what a node left behind when it died is nobody's within its lease.
 */
import * as z from "zod";
import type { RedisConnection } from "../redis/connect.ts";
import { keys } from "../redis/keys.ts";
import type { Presence, PresentConnection } from "./presence.ts";

export type RedisPresenceParts = {
  redis: RedisConnection;
  nodeId: string;
  /** The connections of this node, by user. */
  here(): Iterable<{ userId: string; connection: PresentConnection }>;
  /** While Redis does not answer nobody waits for it. */
  isAnswering(): boolean;
  /** Something in Redis could not be read and was thrown away. */
  dropped(): void;
};

export type RedisPresence = Presence & {
  /** Says all connections of this node anew: from time to time, and when Redis had forgotten them. */
  noteAll(): void;
};

/** What nobody says anew is forgotten. Three times as long as the pause between two sayings. */
const FORGET_AFTER_MS = 3_600_000;
/** Whether a node lives is asked once for all who ask within this time. */
const REMEMBER_NODE_MS = 1_000;
/** Nobody has so many connections. */
const MOST_FIELDS = 1_000;

const text = z.string().max(2_000);
const Present = z.strictObject({
  connectionId: text,
  deviceId: text,
  label: text,
  tab: text.optional(),
  visible: z.boolean(),
});

export function createRedisPresence({ redis, nodeId, here, isAnswering, dropped }: RedisPresenceParts): RedisPresence {
  const isAlive = createNodeWatch(redis);
  const fieldOf = (connectionId: string): string => `${nodeId} ${connectionId}`;

  async function write(userId: string, connection: PresentConnection): Promise<void> {
    const key = keys.presence(userId);
    const { connectionId, deviceId, label, tab, visible } = connection;
    const value = JSON.stringify({ connectionId, deviceId, label, tab, visible });
    const store = () =>
      Promise.all([redis.hset(key, fieldOf(connectionId), value), redis.pexpire(key, FORGET_AFTER_MS)]);
    await store().catch(async (error: unknown) => {
      if (!isOfAnotherType(error)) throw error;
      await drop(key);
      await store();
    });
  }

  async function drop(key: string): Promise<void> {
    dropped();
    await redis.del(key);
  }

  async function read(userId: string): Promise<PresentConnection[]> {
    const key = keys.presence(userId);
    if ((await redis.hlen(key)) > MOST_FIELDS) {
      await drop(key);
      return [];
    }
    const found: PresentConnection[] = [];
    for (const [field, value] of Object.entries(await redis.hgetall(key))) {
      const node = field.split(" ", 1)[0] ?? "";
      if (node === nodeId) continue;
      const present = parse(value);
      if (!present) dropped();
      if (present && (await isAlive(node))) found.push(present);
      else await redis.hdel(key, field);
    }
    return found;
  }

  const quietly = (done: Promise<unknown>): void => void done.catch(() => {});

  return {
    note: (userId, connection) => quietly(write(userId, connection)),
    forget: (userId, connectionId) => quietly(redis.hdel(keys.presence(userId), fieldOf(connectionId))),
    async elsewhere(userId) {
      if (!isAnswering()) return [];
      try {
        return await read(userId);
      } catch (error) {
        if (isOfAnotherType(error)) quietly(drop(keys.presence(userId)));
        return [];
      }
    },
    noteAll() {
      for (const { userId, connection } of here()) quietly(write(userId, connection));
    },
  };
}

function createNodeWatch(redis: RedisConnection) {
  const known = new Map<string, { isAlive: Promise<boolean>; at: number }>();

  return (nodeId: string): Promise<boolean> => {
    const at = performance.now();
    const before = known.get(nodeId);
    if (before && at - before.at < REMEMBER_NODE_MS) return before.isAlive;
    const isAlive = redis.exists(keys.node(nodeId)).then((count) => count > 0);
    // An answer that failed is asked for again.
    isAlive.catch(() => known.delete(nodeId));
    known.set(nodeId, { isAlive, at });
    if (known.size > MOST_FIELDS) known.clear();
    return isAlive;
  };
}

function parse(value: string): PresentConnection | undefined {
  try {
    return Present.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}

function isOfAnotherType(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("WRONGTYPE");
}

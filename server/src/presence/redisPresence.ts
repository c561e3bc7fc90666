/**
 * Presence of many nodes, in Redis: one hash for each user, a field for each connection. A connection lives as long as
 * its node says that it lives (redisPulse.ts): what a node left behind when it died is nobody's within its lease.
 */
import * as z from "zod";
import type { RedisConnection } from "../redis/connect.ts";
import { defineScript } from "../redis/defineScript.ts";
import { keys } from "../redis/keys.ts";
import { isOfAnotherType } from "../redis/otherType.ts";
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

/** What nobody says anew is forgotten. Three times as long as the pause between two sayings. */
const FORGET_AFTER_MS = 3_600_000;
/** Whether a node lives is asked once for all who ask within this time. */
const REMEMBER_NODE_MS = 1_000;
/** Nobody has so many connections. */
const MOST_FIELDS = 1_000;
const MOST_FORGOTTEN = 100_000;
const AT_ONCE = 500;
const PATIENCE_MS = 250;

const text = z.string().max(2_000);
const Present = z.object({
  connectionId: text,
  deviceId: text,
  label: text,
  tab: text.optional(),
  visible: z.boolean(),
});

export class RedisPresence implements Presence {
  readonly #parts: RedisPresenceParts;
  readonly #isAlive: (nodeId: string) => Promise<boolean>;
  /** Could not be told to Redis, and would be there for an hour: told when it is back. */
  readonly #forgotten = new Map<string, string>();

  constructor(parts: RedisPresenceParts) {
    this.#parts = parts;
    this.#isAlive = createNodeWatch(parts.redis);
  }

  async join(userId: string, connection: PresentConnection, most: number): Promise<boolean | undefined> {
    try {
      if (this.#parts.isAnswering()) return await withinPatience(this.#join(userId, connection, most));
    } catch {
      // As good as away.
    }
    this.note(userId, connection);
    return undefined;
  }

  note(userId: string, connection: PresentConnection): void {
    this.#write(userId, connection).catch(() => {});
  }

  forget(userId: string, connectionId: string): void {
    void this.#forget(userId, connectionId);
  }

  async elsewhere(userId: string): Promise<readonly PresentConnection[]> {
    if (!this.#parts.isAnswering()) return [];
    try {
      return await withinPatience(this.#read(userId));
    } catch (error) {
      if (isOfAnotherType(error)) this.#drop(keys.presence(userId)).catch(() => {});
      return [];
    }
  }

  /** Says all connections of this node anew: from time to time, and when Redis had forgotten them. In pieces. */
  async noteAll(): Promise<void> {
    const tasks = [
      ...[...this.#forgotten].map(
        ([connectionId, userId]) =>
          () =>
            this.#forget(userId, connectionId),
      ),
      ...[...this.#parts.here()].map(
        ({ userId, connection }) =>
          () =>
            this.#write(userId, connection),
      ),
    ];
    for (let i = 0; i < tasks.length; i += AT_ONCE) {
      await Promise.allSettled(tasks.slice(i, i + AT_ONCE).map((task) => task()));
    }
  }

  async #join(userId: string, connection: PresentConnection, most: number): Promise<boolean> {
    const { redis, dropped } = this.#parts;
    for (const [left, of] of this.#forgotten) if (of === userId) void this.#forget(userId, left);
    const values = { field: this.#fieldOf(connection.connectionId), value: written(connection), most };
    const enter = async () => {
      const answer = await joinOnce(redis, {
        keys: { presence: keys.presence(userId) },
        values: { ...values, forgetMs: FORGET_AFTER_MS },
      });
      if (answer.dropped) dropped();
      return answer.isIn;
    };
    if (await enter()) return true;
    // Some may be nobody's: reading throws away what a node left behind when it died.
    await this.#read(userId);
    return enter();
  }

  async #write(userId: string, connection: PresentConnection): Promise<void> {
    const { redis } = this.#parts;
    const key = keys.presence(userId);
    const field = this.#fieldOf(connection.connectionId);
    const store = () => Promise.all([redis.hset(key, field, written(connection)), redis.pexpire(key, FORGET_AFTER_MS)]);
    await store().catch(async (error: unknown) => {
      if (!isOfAnotherType(error)) throw error;
      await this.#drop(key);
      await store();
    });
  }

  async #forget(userId: string, connectionId: string): Promise<void> {
    try {
      await this.#parts.redis.hdel(keys.presence(userId), this.#fieldOf(connectionId));
      this.#forgotten.delete(connectionId);
    } catch (error) {
      if (!isOfAnotherType(error) && this.#forgotten.size < MOST_FORGOTTEN) this.#forgotten.set(connectionId, userId);
    }
  }

  async #read(userId: string): Promise<PresentConnection[]> {
    const { redis, nodeId, dropped } = this.#parts;
    const key = keys.presence(userId);
    if ((await redis.hlen(key)) > MOST_FIELDS) {
      await this.#drop(key);
      return [];
    }
    const found: PresentConnection[] = [];
    for (const [field, value] of Object.entries(await redis.hgetall(key))) {
      const node = field.split(" ", 1)[0] ?? "";
      if (node === nodeId) continue;
      const present = parse(value);
      if (present === "garbled") dropped();
      if (present === "garbled" || !(await this.#isAlive(node))) await redis.hdel(key, field);
      // Of a later version, perhaps: it is somebody, and none of our business to throw away.
      else if (present) found.push(present);
    }
    return found;
  }

  async #drop(key: string): Promise<void> {
    this.#parts.dropped();
    await this.#parts.redis.del(key);
  }

  #fieldOf(connectionId: string): string {
    return `${this.#parts.nodeId} ${connectionId}`;
  }
}

const joinOnce = defineScript({
  file: new URL("./join.lua", import.meta.url),
  name: "batonJoin",
  keys: ["presence"],
  values: ["field", "value", "most", "forgetMs"],
  parse(reply): { isIn: boolean; dropped: boolean } {
    const [word, dropped] = Array.isArray(reply) ? reply : [];
    if (word !== "in" && word !== "full") throw new Error(`join.lua answered ${String(reply)}`);
    return { isIn: word === "in", dropped: dropped === "dropped" };
  },
});

function written({ connectionId, deviceId, label, tab, visible }: PresentConnection): string {
  return JSON.stringify({ connectionId, deviceId, label, tab, visible });
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

/** Undefined for what can be read and has another shape. */
function parse(value: string): PresentConnection | undefined | "garbled" {
  try {
    const read: unknown = JSON.parse(value);
    const { data } = Present.safeParse(read);
    return data ?? (typeof read === "object" && read !== null && "connectionId" in read ? undefined : "garbled");
  } catch {
    return "garbled";
  }
}

/** Somebody waits to be let in. @throws when it takes longer */
async function withinPatience<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the presence did not answer in time")), PATIENCE_MS);
  });
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

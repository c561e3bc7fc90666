/**
 * Presence of many nodes, in Redis: one hash for each user, a field for each connection. A connection lives as long as
 * its node says that it lives (redisPulse.ts): what a node left behind when it died is nobody's within its lease.
 */
import * as z from "zod";
import type { RedisConnection } from "../redis/connect.ts";
import { defineScript } from "../redis/defineScript.ts";
import { keys } from "../redis/keys.ts";
import { isOfAnotherType } from "../redis/otherType.ts";
import { PATIENCE_MS, type Patience, withinPatience } from "./patience.ts";
import type { Presence, PresentConnection, Room } from "./presence.ts";
import { createNodeWatch } from "./redisNodeWatch.ts";

export type RedisPresenceParts = {
  redis: RedisConnection;
  nodeId: string;
  /** The connections of this node whose session is open, by user: each as it is when it is taken. */
  here(): Iterable<{ userId: string; connection: PresentConnection }>;
  /** Whether this node has such a connection, its session open or about to be. */
  isHere(connectionId: string): boolean;
  /** While Redis does not answer nobody waits for it. */
  isAnswering(): boolean;
  /** Something in Redis could not be read and was thrown away. */
  dropped(): void;
  /** Milliseconds after which whoever asks goes on without. */
  patienceMs?: number | undefined;
};

/** What nobody says anew is forgotten. Three times as long as the pause between two sayings. */
const FORGET_AFTER_MS = 3_600_000;
/** Nobody has so many connections. */
const MOST_FIELDS = 1_000;
const MOST_UNTOLD = 100_000;
const AT_ONCE = 500;

const text = z.string().max(2_000);
const Present = z.object({
  connectionId: text,
  deviceId: text,
  label: text,
  tab: text.optional(),
  visible: z.boolean(),
});

type Joining = { userId: string; connection: PresentConnection; most: number };

export class RedisPresence implements Presence {
  readonly #parts: RedisPresenceParts;
  readonly #patienceMs: number;
  readonly #isAlive: (nodeId: string) => Promise<boolean>;
  /** Users of whom somebody left and Redis could not be told: they would be there for an hour. */
  readonly #untold = new Set<string>();

  constructor(parts: RedisPresenceParts) {
    this.#parts = parts;
    this.#patienceMs = parts.patienceMs ?? PATIENCE_MS;
    this.#isAlive = createNodeWatch(parts.redis);
  }

  async join(userId: string, connection: PresentConnection, most: number): Promise<Room> {
    try {
      if (this.#parts.isAnswering()) {
        return await withinPatience(this.#patienceMs, (patience) => this.#join({ userId, connection, most }, patience));
      }
    } catch {
      // As good as away.
    }
    this.note(userId, connection);
    return "unknown";
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
      return await withinPatience(this.#patienceMs, () => this.#read(userId));
    } catch (error) {
      if (isOfAnotherType(error)) this.#drop(keys.presence(userId)).catch(() => {});
      return [];
    }
  }

  /** Says all connections of this node anew: from time to time, and when Redis had forgotten them. In pieces. */
  async noteAll(): Promise<void> {
    await inPieces([...this.#untold], (userId) => this.#tidy(userId));
    await inPieces(this.#parts.here(), ({ userId, connection }) => this.#write(userId, connection));
  }

  async #join({ userId, connection, most }: Joining, patience: Patience): Promise<Room> {
    const { redis, dropped } = this.#parts;
    if (this.#untold.has(userId)) void this.#tidy(userId);
    const values = { field: this.#fieldOf(connection.connectionId), value: written(connection), most };
    const enter = async (): Promise<Room> => {
      const answer = await joinOnce(redis, {
        keys: { presence: keys.presence(userId) },
        values: { ...values, forgetMs: FORGET_AFTER_MS },
      });
      if (answer.dropped) dropped();
      return answer.room;
    };
    if ((await enter()) === "in") return "in";
    // Some may be nobody's: reading throws away what a node left behind when it died.
    await this.#read(userId);
    // It was noted without our answer, and may have left since: nobody would take it out again.
    return patience.isOver ? "full" : enter();
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
    } catch (error) {
      this.#noteUntold(userId, error);
    }
  }

  /** Reading throws away whoever left. */
  async #tidy(userId: string): Promise<void> {
    this.#untold.delete(userId);
    try {
      await this.#read(userId);
    } catch (error) {
      this.#noteUntold(userId, error);
    }
  }

  #noteUntold(userId: string, error: unknown): void {
    if (!isOfAnotherType(error) && this.#untold.size < MOST_UNTOLD) this.#untold.add(userId);
  }

  async #read(userId: string): Promise<PresentConnection[]> {
    const { redis, nodeId, isHere, dropped } = this.#parts;
    const key = keys.presence(userId);
    if ((await redis.hlen(key)) > MOST_FIELDS) {
      await this.#drop(key);
      return [];
    }
    const found: PresentConnection[] = [];
    for (const [field, value] of Object.entries(await redis.hgetall(key))) {
      const [node = "", connectionId = ""] = field.split(" ");
      if (node === nodeId) {
        if (!isHere(connectionId)) await redis.hdel(key, field);
        continue;
      }
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
  parse(reply): { room: Room; dropped: boolean } {
    const [word, dropped] = Array.isArray(reply) ? reply : [];
    if (word !== "in" && word !== "full") throw new Error(`join.lua answered ${String(reply)}`);
    return { room: word, dropped: dropped === "dropped" };
  },
});

function written({ connectionId, deviceId, label, tab, visible }: PresentConnection): string {
  return JSON.stringify({ connectionId, deviceId, label, tab, visible });
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

/** Each is taken when it is its turn: who left meanwhile is not said to be here. */
async function inPieces<T>(items: Iterable<T>, tell: (item: T) => Promise<void>): Promise<void> {
  let piece: Promise<void>[] = [];
  for (const item of items) {
    if (piece.push(tell(item)) < AT_ONCE) continue;
    await Promise.allSettled(piece);
    piece = [];
  }
  await Promise.allSettled(piece);
}

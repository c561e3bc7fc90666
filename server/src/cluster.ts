/**
 * What one node keeps in memory and many keep in Redis: lock, presence, cache, damping, and the way from node to node.
 * Two shapes, one type: nobody behind it knows which. Called by rooms.ts.
 */
import { nanoid } from "nanoid";
import type { Server } from "socket.io";
import type { Clock } from "./clock.ts";
import type { Damping } from "./device-lock/damping.ts";
import { createDamping } from "./device-lock/damping.ts";
import type { DeviceLock } from "./device-lock/deviceLock.ts";
import { createMemoryDeviceLock } from "./device-lock/memoryDeviceLock.ts";
import { createRedisDamping } from "./device-lock/redisDamping.ts";
import { createRedisDeviceLock } from "./device-lock/redisDeviceLock.ts";
import type { LoggingOut } from "./identity/loggingOut.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { aloneHere, type Presence, type PresentConnection } from "./presence/presence.ts";
import { RedisPresence } from "./presence/redisPresence.ts";
import type { RedisLink } from "./redis/connect.ts";
import type { NodeMessage, NodeNews } from "./redis/nodeMessages.ts";
import { RedisPulse } from "./redis/redisPulse.ts";
import { createMemoryCache } from "./session/memoryCache.ts";
import { createRedisCache } from "./session/redisCache.ts";
import type { CacheStore } from "./session/snapshotCache.ts";
import { createRedisBus } from "./socket/redisBus.ts";

/** What a node hears from the others; given by the rooms once they are there. */
export type Ears = {
  baton(userId: string): void;
  loggingOut(who: LoggingOut): void;
  revoked(): void;
  abandon(messageId: string): void;
  clock(): void;
  /** What is in Redis is not older than so many ms, or was not renewed before. */
  knows(ageMs: number): void;
  /** The other nodes were not heard for a while. */
  back(): void;
  /** About to be told to connections here. */
  told(room: string, event: string, payload: unknown): void;
};

/** Before the rooms are there. */
export function deaf(): Ears {
  const nothing = (): void => {};
  return {
    baton: nothing,
    loggingOut: nothing,
    revoked: nothing,
    abandon: nothing,
    clock: nothing,
    knows: nothing,
    back: nothing,
    told: nothing,
  };
}

export type Cluster = {
  readonly lock: DeviceLock;
  readonly presence: Presence;
  readonly cache: CacheStore;
  readonly damping: Damping;
  /** Carries what people are told to every node; undefined where there is only one. */
  readonly adapter: Parameters<Server["adapter"]>[0] | undefined;
  /** To all other nodes, if they can hear it. */
  send(news: NodeNews): void;
  /** «ok» or what is wrong with Redis; undefined where there is none. */
  state(): string | undefined;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type ClusterParts = {
  clock: Clock;
  ears: Ears;
  /** Connections of this node, by user. */
  here(): Iterable<{ userId: string; connection: PresentConnection }>;
  isHere(connectionId: string): boolean;
  isTestClock: boolean;
  metrics: Metrics;
  log: Log;
};

const CACHE = { maxBytes: 64 * 1024 * 1024, ttlMs: 10 * 60_000 };
const NOTE_ALL_EVERY_MS = 20 * 60_000;

export function alone({ clock }: Pick<ClusterParts, "clock">): Cluster {
  return {
    lock: createMemoryDeviceLock(clock),
    presence: aloneHere,
    cache: createMemoryCache({ ...CACHE, now: () => performance.now() }),
    damping: createDamping(),
    adapter: undefined,
    send: () => {},
    state: () => undefined,
    start: async () => {},
    stop: async () => {},
  };
}

export function clustered(link: RedisLink, parts: ClusterParts): Cluster {
  const { clock, ears, here, isHere, isTestClock, metrics, log } = parts;
  const nodeId = nanoid(12);
  const { commands: redis, patienceMs } = link;
  const dropped = (what: string) => () => metrics.redisDropped.inc({ what });
  const isAnswering = (): boolean => pulse.isAnswering();
  const presence = new RedisPresence({
    ...{ redis, nodeId, here, isHere, isAnswering, patienceMs },
    dropped: dropped("presence"),
  });
  const pulse = new RedisPulse({
    link,
    nodeId,
    heard: (message) => hear(message, ears),
    answers: (ageMs) => ears.knows(ageMs),
    back() {
      void presence.noteAll();
      ears.back();
    },
    garbled: dropped("message"),
    log,
  });
  metrics.redis.isUp = () => pulse.state() === "ok";
  let noting: NodeJS.Timeout | undefined;
  return {
    lock: createRedisDeviceLock({ redis, nodeId, now: clock.now, isTestClock, isAnswering, dropped: dropped("lock") }),
    presence,
    cache: createRedisCache({ redis, ttlMs: CACHE.ttlMs, patienceMs }),
    damping: createRedisDamping({ redis, isAnswering, dropped: dropped("presses") }),
    adapter: createRedisBus({
      link,
      heard: (room, event, payload) => ears.told(room, event, payload),
      unsaid: () => metrics.busUnsaid.inc(),
      garbled: dropped("message"),
    }),
    send: (news) => pulse.send(news),
    state: () => pulse.state(),
    async start() {
      noting = setInterval(() => void presence.noteAll(), NOTE_ALL_EVERY_MS);
      await pulse.start();
    },
    async stop() {
      clearInterval(noting);
      await pulse.stop();
    },
  };
}

function hear(message: NodeMessage, ears: Ears): void {
  switch (message.kind) {
    case "pulse":
      break;
    case "baton":
      ears.baton(message.userId);
      break;
    case "loggingOut":
      ears.loggingOut(message);
      break;
    case "revoked":
      ears.revoked();
      break;
    case "abandon":
      ears.abandon(message.messageId);
      break;
    case "clock":
      ears.clock();
      break;
  }
}

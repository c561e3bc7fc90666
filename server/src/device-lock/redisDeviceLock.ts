/**
 * DeviceLock of many nodes: in Redis, told by its clock, so that a node whose own is off by an hour misleads nobody. Each
 * node's lease stands by itself (claim.lua): the holder is live while one of them is in force.
 */
import type { RedisConnection } from "../redis/connect.ts";
import { defineScript } from "../redis/defineScript.ts";
import { keys } from "../redis/keys.ts";
import { type Claimed, type DeviceLock, type Holding, type Lease, LockAway } from "./deviceLock.ts";

/** Long after a lease lapsed nobody asks for its epoch any more; the database would still refuse an older one's writes. */
const FORGET_AFTER_MS = 3_600_000;
/** So many are sent before the first is answered. */
const AT_ONCE = 500;

export type RedisDeviceLockParts = {
  redis: RedisConnection;
  nodeId: string;
  /** This node's time, in which leases are asked for and answered; milliseconds of the epoch. */
  now(): number;
  /** Leases are kept by that time too: with the test clock, which Redis does not know. Else by Redis' own. */
  isTestClock: boolean;
  /** While Redis does not answer nobody waits for it. */
  isAnswering(): boolean;
  /** Something in Redis could not be read and was thrown away. */
  dropped(): void;
};

const claim = defineScript({
  file: new URL("./claim.lua", import.meta.url),
  name: "batonClaim",
  keys: ["lock"],
  values: ["now", "node", "way", "deviceId", "label", "epoch", "since", "leaseMs", "forgetMs"],
  parse(reply): { kind: "held"; dropped: boolean } | { kind: "superseded"; by: Holding; leaseMs: number } {
    const [kind, ...rest] = textsOf(reply);
    if (kind === "held") return { kind, dropped: rest[0] === "dropped" };
    const [deviceId = "", label = "", epoch, since, leaseMs] = rest;
    if (kind !== "superseded" || leaseMs === undefined) throw new Error(`claim.lua answered ${String(kind)}`);
    return { kind, by: { deviceId, label, epoch: Number(epoch), since: Number(since) }, leaseMs: Number(leaseMs) };
  },
});

const look = defineScript({
  file: new URL("./look.lua", import.meta.url),
  name: "batonLook",
  keys: ["lock"],
  values: ["now"],
  parse(reply): "nobody" | "garbled" | { holding: Holding; leaseMs: number } {
    const [now, ...flat] = textsOf(reply);
    if (now === "garbled") return now;
    return flat.length === 0 ? "nobody" : (holderOf(flat, Number(now)) ?? "garbled");
  },
});

const release = defineScript({
  file: new URL("./release.lua", import.meta.url),
  name: "batonRelease",
  keys: ["lock"],
  values: ["now", "deviceId", "epoch"],
  parse: (reply) => reply === 1,
});

type Entry = { userId: string; holding: Holding; leaseUntil: number };

/** Every method rejects with LockAway when Redis does not answer. */
export function createRedisDeviceLock(parts: RedisDeviceLockParts): DeviceLock {
  const { redis, nodeId, now, isTestClock, dropped } = parts;
  const told = () => (isTestClock ? now() : "");

  async function ask(way: "settle" | "renew", { userId, holding, leaseUntil }: Entry): Promise<Claimed> {
    const asked = now();
    const values = {
      ...holding,
      now: told(),
      node: nodeId,
      way,
      leaseMs: leaseUntil - asked,
      forgetMs: FORGET_AFTER_MS,
    };
    const answer = await claim(redis, { keys: { lock: keys.lock(userId) }, values });
    if (answer.kind === "superseded") return { kind: "superseded", by: leaseFrom(answer, asked) };
    if (answer.dropped) dropped();
    return { kind: "held" };
  }

  async function read(userId: string): Promise<Lease | undefined> {
    const asked = now();
    const found = await look(redis, { keys: { lock: keys.lock(userId) }, values: { now: told() } });
    if (found === "garbled") {
      dropped();
      await redis.del(keys.lock(userId));
      return undefined;
    }
    return found === "nobody" || found.leaseMs <= 0 ? undefined : leaseFrom({ by: found.holding, ...found }, asked);
  }

  /** One that fails, such as all of a cluster's server that died, keeps none of the others back; the next renewal tries it again. */
  async function renew(entries: readonly Entry[]): Promise<Claimed[]> {
    const answers: PromiseSettledResult<Claimed>[] = [];
    for (let i = 0; i < entries.length; i += AT_ONCE) {
      answers.push(...(await Promise.allSettled(entries.slice(i, i + AT_ONCE).map((entry) => ask("renew", entry)))));
    }
    const failed = answers.find((answer) => answer.status === "rejected");
    if (failed && answers.every(({ status }) => status === "rejected")) throw failed.reason;
    return answers.map((answer) => (answer.status === "fulfilled" ? answer.value : { kind: "held" }));
  }

  async function orAway<T>(asked: () => Promise<T>): Promise<T> {
    if (!parts.isAnswering()) throw new LockAway(undefined);
    try {
      return await asked();
    } catch (cause) {
      throw new LockAway(cause);
    }
  }

  return {
    read: (userId) => orAway(() => read(userId)),
    knows: (userId) => orAway(async () => (await redis.exists(keys.lock(userId))) > 0),
    settle: (userId, holding, leaseUntil) => orAway(() => ask("settle", { userId, holding, leaseUntil })),
    renew: (entries) => orAway(() => renew(entries)),
    async release(userId, { deviceId, epoch }) {
      const values = { now: told(), deviceId, epoch };
      await orAway(() => release(redis, { keys: { lock: keys.lock(userId) }, values }));
    },
  };
}

function leaseFrom({ by, leaseMs }: { by: Holding; leaseMs: number }, asked: number): Lease {
  return { ...by, leaseUntil: asked + leaseMs };
}

function textsOf(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : [String(reply)];
}

/** Undefined for what is not of our making. */
function holderOf(flat: readonly string[], now: number): { holding: Holding; leaseMs: number } | undefined {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? "", flat[i + 1] ?? "");
  const [deviceId, label] = [fields.get("deviceId"), fields.get("label")];
  const [epoch, since] = [Number(fields.get("epoch") ?? "none"), Number(fields.get("since") ?? "none")];
  if (deviceId === undefined || label === undefined || !Number.isSafeInteger(epoch) || Number.isNaN(since))
    return undefined;
  const leases = [...fields].filter(([field]) => field.startsWith("lease:")).map(([, ends]) => Number(ends) - now);
  // Nobody was ever promised so long.
  const sound = leases.filter((leaseMs) => leaseMs <= FORGET_AFTER_MS);
  if (sound.length === 0) return undefined;
  return { holding: { deviceId, label, epoch, since }, leaseMs: Math.max(0, ...sound) };
}

/** Faults of Redis and of the ways to it. Rows of faults.ts. */
import { says, subscribes } from "../proxies/tcpRules.ts";
import type { Fault, Heal, Scene } from "./fault.ts";
import { GARBLE } from "./garble.ts";

/** Past all proxies; it may be killed, or not yet there again. */
async function ask({ cluster }: Scene, ...command: [string, ...(string | number)[]]): Promise<void> {
  await cluster.redis.ask(...command).catch(() => {});
}

/** Once now, and again and again while it lasts, each time when the one before is done. */
function again(scene: Scene, act: () => Promise<void>): Heal {
  let acting = act();
  let isActing = false;
  const stop = scene.crowd.everyAcks(15, () => {
    if (isActing) return;
    isActing = true;
    acting = acting.then(act).finally(() => {
      isActing = false;
    });
  });
  return async () => {
    stop();
    await acting;
  };
}

async function kill({ cluster }: Scene, empty: boolean): Promise<Heal> {
  await cluster.redis.kill();
  return () => cluster.redis.start({ empty });
}

export const REDIS_FAULTS: readonly Fault[] = [
  {
    name: "Redis killed, and back empty",
    hits: "redis",
    lastsMs: { short: 1_500, long: 10_000 },
    begin: (scene) => kill(scene, true),
  },
  {
    name: "Redis killed, and back with what it had",
    hits: "redis",
    lastsMs: { short: 1_500, long: 10_000 },
    begin: (scene) => kill(scene, false),
  },
  {
    name: "Redis frozen",
    hits: "redis",
    lastsMs: { short: 4_000, long: 20_000 },
    async begin({ cluster }) {
      await cluster.redis.freeze();
      return async () => cluster.redis.thaw();
    },
  },
  {
    name: "Redis only reads: READONLY",
    hits: "redis",
    lastsMs: { short: 2_500, long: 15_000 },
    async begin(scene) {
      await ask(scene, "REPLICAOF", "127.0.0.1", 1);
      return () => ask(scene, "REPLICAOF", "NO", "ONE");
    },
  },
  {
    name: "Redis forgets its scripts: SCRIPT FLUSH",
    hits: "redis",
    lastsMs: { short: 1_500, long: 10_000 },
    begin: async (scene) => again(scene, () => ask(scene, "SCRIPT", "FLUSH")),
  },
  {
    name: "malformed, wrong-type and huge values in every key of Redis",
    hits: "redis",
    lastsMs: { short: 2_000, long: 15_000 },
    begin: async (scene) => again(scene, () => ask(scene, "EVAL", GARBLE, 0, scene.random.between(0, 1_000_000))),
  },
];

export const WAY_TO_REDIS_FAULTS: readonly Fault[] = [
  {
    // Longer than it takes to notice that a link is dead.
    name: "Redis unreachable",
    hits: "way to Redis",
    lastsMs: { short: 5_000, long: 60_000 },
    async begin({ cluster }) {
      for (const { toRedis } of cluster.nodes) {
        toRedis.apply({ do: { kind: "blackhole" } });
        toRedis.refuse();
      }
      return () => healWays(cluster.nodes.map(({ toRedis }) => toRedis));
    },
  },
  {
    name: "Redis unreachable from one node",
    hits: "way to Redis",
    lastsMs: { short: 3_000, long: 30_000 },
    async begin({ victim }) {
      victim.toRedis.apply({ do: { kind: "reset" } });
      victim.toRedis.reset();
      return () => victim.toRedis.heal();
    },
  },
  {
    name: "Redis' replies dropped after the command ran",
    hits: "way to Redis",
    lastsMs: { short: 2_000, long: 15_000 },
    async begin({ cluster }) {
      for (const { toRedis } of cluster.nodes)
        for (const command of ["evalsha", "publish", "hset"])
          toRedis.apply({ on: says(`\r\n${command}\r\n`), times: 5, do: { kind: "dropReply", link: "cut" } });
      return () => healWays(cluster.nodes.map(({ toRedis }) => toRedis));
    },
  },
  {
    name: "Redis slow",
    hits: "way to Redis",
    lastsMs: { short: 2_500, long: 20_000 },
    async begin({ cluster }) {
      for (const { toRedis } of cluster.nodes) toRedis.apply({ direction: "down", do: { kind: "delay", ms: 400 } });
      return () => healWays(cluster.nodes.map(({ toRedis }) => toRedis));
    },
  },
  {
    name: "a node's listening link cut, its commands fine",
    hits: "way to Redis",
    lastsMs: { short: 3_000, long: 20_000 },
    async begin({ victim }) {
      victim.toRedis.apply({ links: subscribes, do: { kind: "reset" } });
      victim.toRedis.reset(subscribes);
      return () => victim.toRedis.heal();
    },
  },
  {
    // Only what it does not say any more tells.
    name: "a node's listening link half open, its commands fine",
    hits: "way to Redis",
    lastsMs: { short: 5_000, long: 20_000 },
    async begin({ victim }) {
      victim.toRedis.apply({ links: subscribes, do: { kind: "blackhole" } });
      return () => victim.toRedis.heal();
    },
  },
];

async function healWays(ways: readonly { heal(): Promise<void> }[]): Promise<void> {
  await Promise.all(ways.map((way) => way.heal()));
}

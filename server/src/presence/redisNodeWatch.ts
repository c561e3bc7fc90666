/** Whether another node lives, as its pulse says (redis/redisPulse.ts). Called by redisPresence.ts. */
import type { RedisConnection } from "../redis/connect.ts";
import { keys } from "../redis/keys.ts";

/** Asked once for all who ask within this time. */
const REMEMBER_NODE_MS = 1_000;
const MOST_NODES = 1_000;

export function createNodeWatch(redis: RedisConnection) {
  const known = new Map<string, { isAlive: Promise<boolean>; at: number }>();

  return (nodeId: string): Promise<boolean> => {
    const at = performance.now();
    const before = known.get(nodeId);
    if (before && at - before.at < REMEMBER_NODE_MS) return before.isAlive;
    const isAlive = redis.exists(keys.node(nodeId)).then((count) => count > 0);
    // An answer that failed is asked for again.
    isAlive.catch(() => known.delete(nodeId));
    known.set(nodeId, { isAlive, at });
    if (known.size > MOST_NODES) known.clear();
    return isAlive;
  };
}

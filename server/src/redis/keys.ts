/**
 * Every name that Baton uses in Redis. What is between braces decides the slot in a cluster: all keys of a user lie in one,
 * so that one script may touch them together. Ids of users are unique over all sites.
 */
export const keys = {
  /** Hash: who holds the baton, and until when each node says so. device-lock/redisDeviceLock.ts */
  lock: (userId: string) => `baton:{${userId}}:lock`,
  /** Sorted set: when the baton was asked for by pressing. device-lock/redisDamping.ts */
  presses: (userId: string) => `baton:{${userId}}:presses`,
  /** Hash: live connections. presence/redisPresence.ts */
  presence: (userId: string) => `baton:{${userId}}:presence`,
  /** String: the last messages of a session, sealed. session/redisCache.ts */
  messages: (userId: string, sessionId: string) => `baton:{${userId}}:messages:${sessionId}`,
  /** String that ends with its node's lease. presence/redisPresence.ts */
  node: (nodeId: string) => `baton:node:${nodeId}`,
  /** String: since when this Redis knows what is in it. redis/redisPulse.ts */
  since: "baton:since",
} as const;

export const channels = {
  /** Prefix of what the Socket.IO adapter publishes: what people are told on every node. */
  bus: "baton:bus",
  /** What nodes tell each other: redis/nodeMessages.ts */
  nodes: "baton:nodes",
} as const;

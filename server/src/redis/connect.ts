/**
 * The two connections to Redis: one for commands, one that listens. Every option has been seen to matter: a command whose
 * reply was lost is not repeated by the client, waits for nobody while Redis is away, and settles when its link is cut.
 */
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from "ioredis";
import type { RedisAccount, RedisHost, RedisTarget } from "./address.ts";
import { isSelectRefused, missingDatabase } from "./missingDatabase.ts";

export type RedisConnection = Redis | Cluster;

export type Listening = { readonly channel: string } | { readonly pattern: string };

export type RedisLink = {
  readonly commands: RedisConnection;
  readonly subscriber: RedisConnection;
  /** Instead of the times for which each waits for what it may leave out. */
  readonly patienceMs?: number | undefined;
  /** From now on, and again after each loss. */
  listen(to: Listening): Promise<void>;
  /** All of it once more: seen in a cluster that was quickly restarted, ioredis forgets what it was asked. Changes nothing else. */
  listenAgain(): void;
  /** Why this Redis cannot be used as it is addressed: cause and mend. Undefined when nothing is known against it. */
  unfit(): string | undefined;
  /** Hangs up; what is under way is rejected. */
  end(): void;
};

/** A command that takes longer is given up: what Redis is asked here takes a fraction of a millisecond, and people wait. */
const COMMAND_TIMEOUT_MS = 500;
/** A link on which nothing is answered for so long is cut, and made anew: half-open ones stay unnoticed for minutes. */
const SOCKET_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
const LONGEST_RETRY_MS = 2_000;
const NEXT_LINK_AFTER_MS = 1_000;

const retry = (times: number): number => Math.min(100 * times, LONGEST_RETRY_MS);

const forBoth: RedisOptions = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  keepAlive: KEEP_ALIVE_AFTER_MS,
  retryStrategy: retry,
  connectionName: "baton",
};

/**
 * A master that became a replica stays one on this link: the next connection finds the new master. Whatever was under way
 * fails so, and the driver would hang up once for each, listening each time for the end of one and the same link.
 */
function onceForALink(): (error: Error) => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    const now = performance.now();
    if (!message.startsWith("READONLY") || now < last + NEXT_LINK_AFTER_MS) return false;
    last = now;
    return true;
  };
}

const forCommands: RedisOptions = {
  ...forBoth,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  socketTimeout: SOCKET_TIMEOUT_MS,
};

/**
 * Its subscriptions wait until they can be made, and are made again after each loss. Not checked for being ready: a
 * subscription overtakes the check's answer, which then breaks the link, and ioredis forgets what was asked on it.
 */
const forListening: RedisOptions = { ...forBoth, maxRetriesPerRequest: null, enableReadyCheck: false };

/**
 * Connects in the background: a Redis that is away does not keep a node from starting.
 * @param patienceMs for tests, where a busy machine is not a slow Redis: how long anything is waited for
 */
export function connectRedis(target: RedisTarget, { patienceMs }: { patienceMs?: number | undefined } = {}): RedisLink {
  const times = { commandTimeout: patienceMs ?? COMMAND_TIMEOUT_MS };
  const commands = open(target, { ...forCommands, ...times, reconnectOnError: onceForALink() });
  const subscriber = open(target, forListening);
  for (const connection of [commands, subscriber]) {
    // Every loss shows in the pulse; unhandled, an error would end the process.
    connection.on("error", () => {});
    connection.connect().catch(() => {});
  }
  const unfit = followFitness(commands, target);
  const listening: Listening[] = [];
  async function ask(to: Listening): Promise<void> {
    await ("channel" in to ? subscriber.subscribe(to.channel) : subscriber.psubscribe(to.pattern));
  }
  return {
    commands,
    subscriber,
    patienceMs,
    async listen(to) {
      listening.push(to);
      await ask(to);
    },
    listenAgain() {
      for (const to of listening) ask(to).catch(() => {});
    },
    unfit,
    end() {
      commands.disconnect();
      subscriber.disconnect();
    },
  };
}

function followFitness(commands: RedisConnection, target: RedisTarget): () => string | undefined {
  let unfit: string | undefined;
  let isOfThisAttempt = false;
  commands.on("error", (error) => {
    if (!isSelectRefused(error)) return;
    unfit = missingDatabase(target, error);
    isOfThisAttempt = true;
    // Before it is ready: not one command reaches the database that the driver would go on in.
    commands.disconnect(true);
  });
  commands.on("ready", () => {
    unfit = undefined;
  });
  commands.on("close", () => {
    // It failed by something else: what was said of another attempt is not why.
    if (!isOfThisAttempt) unfit = undefined;
    isOfThisAttempt = false;
  });
  return () => unfit;
}

function open(target: RedisTarget, options: RedisOptions): RedisConnection {
  const account = accountOf(target);
  switch (target.kind) {
    case "single":
      return new Redis({ ...options, ...account, ...target.at, db: target.db });
    case "sentinel":
      return new Redis({ ...options, ...account, sentinels: [...target.sentinels], name: target.name, db: target.db });
    case "cluster":
      return new Cluster(target.nodes.map(copyOf), clusterOptions({ ...options, ...account }));
  }
}

function clusterOptions({ lazyConnect, enableOfflineQueue, ...redisOptions }: RedisOptions): ClusterOptions {
  return {
    lazyConnect: lazyConnect ?? true,
    enableOfflineQueue: enableOfflineQueue ?? true,
    clusterRetryStrategy: retry,
    // It sends again what was under way when a link closed, against which all scripts are safe; but not for long.
    maxRedirections: 3,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    redisOptions,
  };
}

function accountOf({ tls, username, password }: RedisAccount): RedisOptions {
  // With Sentinels the driver asks for each of the two by itself.
  return {
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    ...(username && { username }),
    ...(password && { password }),
  };
}

function copyOf({ host, port }: RedisHost): RedisHost {
  return { host, port };
}

/**
 * What the gateway counts, in a registry of its own: two gateways in one process do not mix. gateway.ts makes it and
 * hands each room the metrics it moves.
 *
 * Labels take few values, all known beforehand: an event's name only if it is in the wire's table, otherwise "unknown".
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { registerProcessMetrics } from "./processMetrics.ts";

/** Around the promised p50 of 5 ms and p99 of 60 ms. */
const COMMAND_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.25, 1, 5];
const BATCH_MESSAGES = [1, 2, 5, 10, 20, 50, 100, 200];

function domainMetrics(registry: Registry) {
  const registers = [registry];
  return {
    connections: new Gauge({ name: "baton_connections", help: "Visitors' connections now.", registers }),
    refusedConnections: new Counter({
      name: "baton_refused_connections_total",
      help: "Connections that were refused, by the code they were told.",
      labelNames: ["code"],
      registers,
    }),
    /** `outcome`: "ok" or the refusal's code. */
    commands: new Counter({
      name: "baton_commands_total",
      help: "Commands of visitors, by event and outcome.",
      labelNames: ["event", "outcome"],
      registers,
    }),
    commandSeconds: new Histogram({
      name: "baton_command_seconds",
      help: "From a command's arrival to its acknowledgement.",
      labelNames: ["event"],
      buckets: COMMAND_SECONDS,
      registers,
    }),
    ...storageMetrics(registers),
    ...redisMetrics(registers),
    ...botMetrics(registers),
  };
}

function storageMetrics(registers: Registry[]) {
  return {
    appendedMessages: new Counter({ name: "baton_appended_messages_total", help: "Messages committed.", registers }),
    appendBatchMessages: new Histogram({
      name: "baton_append_batch_messages",
      help: "Messages in one commit.",
      buckets: BATCH_MESSAGES,
      registers,
    }),
    duplicateMessages: new Counter({
      name: "baton_duplicate_messages_total",
      help: "Messages sent again and answered with the first.",
      registers,
    }),
    /** `outcome`: "hit", "miss", "stale": of another rev than the row, "dropped": unreadable, "away": Redis did not answer. */
    cacheReads: new Counter({
      name: "baton_cache_reads_total",
      help: "Reads of the cache of recent messages, by outcome.",
      labelNames: ["outcome"],
      registers,
    }),
    databaseRestarts: new Counter({
      name: "baton_database_restarts_total",
      help: "Times the embedded Postgres was found dead and started again.",
      registers,
    }),
  };
}

function redisMetrics(registers: Registry[]) {
  return {
    /** `what`: "lock", "presence", "message" or "presses"; the cache counts its own. */
    redisDropped: new Counter({
      name: "baton_redis_dropped_total",
      help: "Values and messages in Redis that could not be read, and were thrown away.",
      labelNames: ["what"],
      registers,
    }),
    busUnsaid: new Counter({
      name: "baton_bus_unsaid_total",
      help: "Events that other nodes were not told because Redis was away.",
      registers,
    }),
    /** How many people were told to sync because what was announced differed from the rows. */
    syncsAdvised: new Counter({
      name: "baton_syncs_advised_total",
      help: "Users told to sync because what was announced here differed from the database.",
      registers,
    }),
    redis: redisGauge(registers),
  };
}

/** Without REDIS_URL nothing is missing. */
function redisGauge(registers: Registry[]): { isUp: () => boolean } {
  const watched = { isUp: () => true };
  new Gauge({
    name: "baton_redis_up",
    help: "1 while Redis answers and other nodes are heard, or none is configured; 0 while the database alone decides.",
    registers,
    collect() {
      this.set(watched.isUp() ? 1 : 0);
    },
  });
  return watched;
}

function botMetrics(registers: Registry[]) {
  return {
    /** `outcome`: "done", "failed", "stopped", "takenUp" after a restart. */
    turns: new Counter({
      name: "baton_turns_total",
      help: "Turns of bots, by outcome.",
      labelNames: ["outcome"],
      registers,
    }),
    replyDeltas: new Counter({
      name: "baton_reply_deltas_total",
      help: "Pieces of streaming replies sent.",
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof domainMetrics> & {
  /** The exposition of /metrics. */
  text(): Promise<string>;
  readonly contentType: string;
  /** Stops measuring the event loop. */
  close(): void;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  const close = registerProcessMetrics(registry);
  return { ...domainMetrics(registry), text: () => registry.metrics(), contentType: registry.contentType, close };
}

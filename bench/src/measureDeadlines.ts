/**
 * Whether deadlines take effect once and on time when many are due, put into the tables of a gateway of its own; and
 * whether they still do on two nodes of which one dies again and again.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type DeadlineFigures, deadlineFiguresOf } from "./figures/deadlineFigures.ts";
import type { DeadlineResult } from "./figures/measured.ts";
import type { DeadlinePlan } from "./plan.ts";
import type { Cluster } from "./servers/cluster.ts";
import { cpuOf, cpuOfDescendants } from "./servers/cpuOf.ts";
import { connectDatabase, type Database, embeddedDatabase, type Sql } from "./servers/database.ts";
import { countChanges, countWrong, dueSessionId, insertDue, readChanges } from "./servers/dueSessions.ts";
import type { BatonProcess } from "./servers/startBaton.ts";
import { coresOf, stopwatch } from "./spent.ts";

/** To put them there: 5,000 take a fraction of a second on an idle machine, 100,000 some seconds. */
const LEAD_MS = { least: 3_000, perSession: 0.25 };
/** What has not happened then is missing. Less than what lies between a warning and the idle that follows it. */
const PATIENCE_MS = 30_000;
/** What would happen twice has time to. */
const AFTERWARDS_MS = 1_500;
const LOOK_EVERY_MS = 250;

export async function measureDeadlines(server: BatonProcess, plan: DeadlinePlan): Promise<DeadlineResult> {
  const { figures, during } = await measureDue(embeddedDatabase(server.dataDir), plan, async (untilAllHappened) => {
    const stop = stopwatch(() => ({ server: cpuOf(server.pid), postgres: cpuOfDescendants(server.pid) }));
    await untilAllHappened();
    return coresOf(stop());
  });
  return { ...plan, ...figures, serverCores: during.server, postgresCores: during.postgres, killed: 0 };
}

/** Their time is not told: that of a process that was killed is lost, and each start costs more than all the deadlines. */
export async function measureDeadlinesAmidKills(cluster: Cluster, plan: DeadlinePlan): Promise<DeadlineResult> {
  const killing = await startKilling(cluster, plan.killEveryMs ?? Number.POSITIVE_INFINITY);
  const { figures, during: killed } = await measureDue(cluster.database, plan, async (untilAllHappened) => {
    const stop = killing();
    await untilAllHappened();
    return stop();
  });
  return { ...plan, ...figures, serverCores: undefined, postgresCores: undefined, killed };
}

type During<T> = (untilAllHappened: () => Promise<void>) => Promise<T>;

async function measureDue<T>(
  database: Database,
  plan: DeadlinePlan,
  act: During<T>,
): Promise<{ figures: DeadlineFigures; during: T }> {
  const sql = connectDatabase(database);
  try {
    const first = await insertDue(sql, plan, LEAD_MS.least + plan.count * LEAD_MS.perSession);
    await sleep(first - Date.now());
    const during = await act(() => untilAllHappened(sql, plan));
    const ids = Array.from({ length: plan.count }, (_, n) => dueSessionId(n));
    const figures = deadlineFiguresOf(ids, await readChanges(sql));
    const wrong = await countWrong(sql);
    if (wrong > 0) throw new Error(`${wrong} sessions are not what their deadline should have made of them`);
    return { figures, during };
  } finally {
    await sql.end();
  }
}

async function untilAllHappened(sql: Sql, { count, overMs }: DeadlinePlan): Promise<void> {
  await sleep(overMs);
  const giveUpAt = Date.now() + PATIENCE_MS;
  while ((await countChanges(sql)) < count && Date.now() < giveUpAt) await sleep(LOOK_EVERY_MS);
  await sleep(AFTERWARDS_MS);
}

/** Two nodes; once told to begin, one of them dies every so often, in turns, and is started again at once. */
async function startKilling(cluster: Cluster, everyMs: number): Promise<() => () => Promise<number>> {
  const nodes = [await cluster.startNode(), await cluster.startNode()];
  return () => {
    const stopped = new AbortController();
    let killed = 0;
    const startAt = performance.now();
    const work = async (): Promise<void> => {
      for (;;) {
        // Starting the one before took its time, which is none of the next one's.
        const dueAt = startAt + (killed + 1) * everyMs;
        await sleep(Math.max(0, dueAt - performance.now()), undefined, { signal: stopped.signal });
        const place = killed % nodes.length;
        killed += 1;
        await nodes[place]?.kill();
        nodes[place] = await cluster.startNode();
      }
    };
    const done = work().catch((error: Error) => {
      if (error.name !== "AbortError") throw error;
    });
    return async () => {
      stopped.abort();
      await done;
      return killed;
    };
  };
}

/** Whether deadlines take effect once and on time when many are due: on a gateway of its own, put into its tables. */
import { setTimeout as sleep } from "node:timers/promises";
import { deadlineFiguresOf } from "./figures/deadlineFigures.ts";
import type { DeadlineResult } from "./figures/measured.ts";
import type { DeadlinePlan } from "./plan.ts";
import { cpuOf, cpuOfDescendants } from "./servers/cpuOf.ts";
import { connectDatabase, type Sql } from "./servers/database.ts";
import { countChanges, countWrong, dueSessionId, insertDue, readChanges } from "./servers/dueSessions.ts";
import type { BatonProcess } from "./servers/startBaton.ts";

/** To put them there: 5,000 take a fraction of a second on an idle machine, 100,000 some seconds. */
const LEAD_MS = { least: 3_000, perSession: 0.25 };
/** What has not happened then is missing. Less than what lies between a warning and the idle that follows it. */
const PATIENCE_MS = 30_000;
/** What would happen twice has time to. */
const AFTERWARDS_MS = 1_500;
const LOOK_EVERY_MS = 250;

export async function measureDeadlines(server: BatonProcess, plan: DeadlinePlan): Promise<DeadlineResult> {
  const sql = connectDatabase(server.dataDir);
  try {
    const first = await insertDue(sql, plan, LEAD_MS.least + plan.count * LEAD_MS.perSession);
    await sleep(first - Date.now());
    const cores = await coresDuring(server, () => untilAllHappened(sql, plan));
    const ids = Array.from({ length: plan.count }, (_, n) => dueSessionId(n));
    const figures = deadlineFiguresOf(ids, await readChanges(sql));
    const wrong = await countWrong(sql);
    if (wrong > 0) throw new Error(`${wrong} sessions are not what their deadline should have made of them`);
    return { ...plan, ...figures, ...cores };
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

type Cores = Pick<DeadlineResult, "serverCores" | "postgresCores">;

async function coresDuring({ pid }: BatonProcess, act: () => Promise<void>): Promise<Cores> {
  const read = () => ({ at: performance.now(), server: cpuOf(pid), postgres: cpuOfDescendants(pid) });
  const before = read();
  await act();
  const after = read();
  const seconds = (after.at - before.at) / 1_000;
  const cores = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : (to - from) / seconds;
  return { serverCores: cores(before.server, after.server), postgresCores: cores(before.postgres, after.postgres) };
}

/** A session begins, under its user's row lock. */
import { nanoid } from "nanoid";
import type { SitePolicy } from "../config/config.ts";
import type { Tx } from "../postgres/connect.ts";
import type { ClockPolicy } from "./deadlines.ts";
import { clockColumns } from "./pgClock.ts";
import type { SessionRow } from "./sessionRow.ts";
import { begun } from "./sessionState.ts";

export type Beginning = {
  userId: string;
  site: string;
  mode: SessionRow["mode"];
  /** The user's, as locked: what a takeover raises on both. */
  epoch: number;
  threadId?: string;
  policy: ClockPolicy & Pick<SitePolicy, "primeWindowMs">;
};

/** @returns the id of the new session */
export async function beginSession(tx: Tx, of: Beginning): Promise<string> {
  const id = nanoid();
  const [clock] = await tx<{ now: Date }>`SELECT baton_now() AS now`;
  const now = clock?.now.getTime() ?? Date.now();
  const c = clockColumns(begun(of.mode, now, of.policy), of.policy);
  const threadId = await threadOf(tx, of);
  await tx`
    INSERT INTO sessions (id, site, user_id, thread_id, mode, queued_at, epoch, opened_at, last_activity_at, awaiting,
      silent_since, runs_until, idle_at, next_deadline_at, deadline_kind, resumed_from)
    SELECT ${id}, ${of.site}, ${of.userId}, ${threadId}, ${of.mode}, CASE WHEN ${of.mode} = 'queue' THEN at END,
      ${of.epoch}, at, at, ${c.awaiting}, at, to_timestamp(${c.runsUntil}::float8 / 1000),
      to_timestamp(${c.idleAt}::float8 / 1000), to_timestamp(${c.nextAt}::float8 / 1000), ${c.nextKind},
      (SELECT id FROM (
        SELECT id, ended_at, end_reason FROM sessions WHERE user_id = ${of.userId} AND state = 'ended'
        ORDER BY ended_at DESC, opened_at DESC LIMIT 1) AS last
       -- What was put aside for something new is not what this one goes on from. A window of 0 means never.
       WHERE end_reason <> 'superseded' AND ${of.policy.primeWindowMs}::bigint > 0 AND at - ended_at <= ${of.policy.primeWindowMs} * interval '1 millisecond')
    FROM (SELECT to_timestamp(${now}::float8 / 1000) AS at) AS clock`;
  return id;
}

/** The thread asked for where it is this user's; a new one else. */
async function threadOf(tx: Tx, { userId, threadId }: Beginning): Promise<string> {
  if (threadId !== undefined) {
    const own =
      await tx`UPDATE threads SET last_at = baton_now() WHERE id = ${threadId} AND user_id = ${userId} RETURNING id`;
    if (own.length > 0) return threadId;
  }
  const id = nanoid();
  await tx`INSERT INTO threads (id, user_id, last_at) VALUES (${id}, ${userId}, baton_now())`;
  return id;
}

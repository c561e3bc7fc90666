/**
 * Sessions with a deadline ahead, put into the database by hand, and what became of each. The bench installs a trigger
 * of its own on `sessions`, which notes each change of a row: which deadline stood there, and how late it is. Deferred,
 * so that it runs at COMMIT: what it notes is the time of the commit but for the flush that follows.
 */
import type { DeadlinePlan } from "../plan.ts";
import { POLICY } from "./batonConfiguration.ts";
import type { Sql } from "./database.ts";

/** A change of one of these sessions. `lateMs`: since its deadline was due. */
export type Change = { readonly id: string; readonly lateMs: number };

const ID = "bench-due-";
const { softExpiryMs: soft, warnBeforeMs: warn, hardExpiryMs: hard, maxDurationMs: longest } = POLICY;

export function dueSessionId(n: number): string {
  return ID + n;
}

/**
 * Half of them are to be warned, a quarter to idle, a quarter to end, in turns.
 * @returns when the first is due, milliseconds of the epoch: `leadMs` from now @throws when that was too soon
 */
export async function insertDue(sql: Sql, { count, overMs }: DeadlinePlan, leadMs: number): Promise<number> {
  await sql.script(AUDIT);
  await sql`
    INSERT INTO users (id, site, kind)
    SELECT ${ID}::text || n, 'bench', 'visitor' FROM generate_series(0, ${count - 1}::int) AS n`;
  await sql`
    INSERT INTO threads (id, user_id, last_at) SELECT id, id, baton_now() FROM users WHERE starts_with(id, ${ID})`;
  const [lead] = await sql<{ first: Date }>`
    SELECT baton_now() + ${leadMs}::float8 * interval '1 millisecond' AS first`;
  const first = lead?.first.getTime() ?? Number.NaN;
  // One statement: the gateway finds all of them or none. `silent`: since when the visitor has said nothing.
  await sql`
    WITH due AS (
      SELECT ${ID}::text || n AS id, interval '1 millisecond' AS ms,
        (ARRAY['warn', 'idle', 'warn', 'end'])[n % 4 + 1] AS kind,
        date_trunc('milliseconds',
          to_timestamp((${first}::float8 + n * ${overMs / count}::float8) / 1000)) AS due
      FROM generate_series(0, ${count - 1}::int) AS n
    ), timed AS (
      SELECT *, due - ms * CASE kind
        WHEN 'warn' THEN ${soft - warn}::float8 WHEN 'idle' THEN ${soft}::float8 ELSE ${hard}::float8 END AS silent
      FROM due
    )
    INSERT INTO sessions (id, site, user_id, thread_id, mode, epoch, awaiting, state, warned, silent_since, opened_at,
      last_activity_at, runs_until, idle_at, idled_at, next_deadline_at, deadline_kind)
    SELECT id, 'bench', id, id, 'bot', 1, 'visitor', CASE kind WHEN 'end' THEN 'idle' ELSE 'open' END, kind = 'idle',
      silent, silent, silent, silent + ${longest}::float8 * ms,
      CASE WHEN kind <> 'end' THEN silent + ${soft}::float8 * ms END,
      CASE WHEN kind = 'end' THEN silent + ${soft}::float8 * ms END, due, kind
    FROM timed`;
  const [late] = await sql<{ ms: number }>`
    SELECT (extract(epoch FROM baton_now()) * 1000)::float8 - ${first}::float8 AS ms`;
  if (!late || late.ms > 0) throw new Error(`the sessions were there ${late?.ms} ms after the first one was due`);
  return first;
}

/** Everything that the trigger has noted so far. */
export async function readChanges(sql: Sql): Promise<Change[]> {
  return sql<Change>`SELECT id, late_ms AS "lateMs" FROM bench_changes`;
}

export async function countChanges(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>`SELECT count(*)::int AS count FROM bench_changes`;
  return row?.count ?? 0;
}

/** Of those that changed, how many are not what their deadline makes of them: judged by their own rows. */
export async function countWrong(sql: Sql): Promise<number> {
  const [row] = await sql<{ wrong: number }>`
    SELECT count(*)::int AS wrong FROM sessions s JOIN (SELECT DISTINCT id, was, due FROM bench_changes) c USING (id)
    WHERE NOT CASE c.was
      WHEN 'warn' THEN s.state = 'open' AND s.warned AND s.rev = 0 AND s.deadline_kind = 'idle'
      WHEN 'idle' THEN s.state = 'idle' AND s.idled_at = c.due AND s.rev = 1 AND s.deadline_kind = 'end'
      ELSE s.state = 'ended' AND s.ended_at = c.due AND s.end_reason = 'timeout' AND s.rev = 1
        AND s.next_deadline_at IS NULL
    END`;
  return row?.wrong ?? 0;
}

const AUDIT = `
  CREATE UNLOGGED TABLE bench_changes (id text NOT NULL, was text, due timestamptz, late_ms float8);
  CREATE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO bench_changes VALUES (OLD.id, OLD.deadline_kind, OLD.next_deadline_at,
      extract(epoch FROM clock_timestamp() - OLD.next_deadline_at) * 1000);
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER bench_note AFTER UPDATE ON sessions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (starts_with(OLD.id, '${ID}')) EXECUTE FUNCTION bench_note();`;

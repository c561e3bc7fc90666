/**
 * A session moves on: what is due takes effect, then what has just happened, under its row lock and in the caller's
 * transaction. Whatever loads a session to change it comes through here first, so a deadline counts from its own moment
 * and not from when the loop came by.
 */
import type { Tx } from "../postgres/connect.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import { type ClockPolicy, idleAt, nextDeadline } from "./deadlines.ts";
import { type SessionRow, toState } from "./sessionRow.ts";
import { type Effect, type EndReason, moveOn, type SessionEvent, type SessionState } from "./sessionState.ts";
import type { Held, Moved } from "./sessionStore.ts";

/** Two statements: the second looks after the wait for the lock. */
export async function lockSession(tx: Tx, id: string): Promise<Held | undefined> {
  await tx`SELECT 1 FROM sessions WHERE id = ${id} FOR UPDATE`;
  return readHeld(
    await tx<HeldRow>`SELECT to_jsonb(s) AS session, baton_now() AS now FROM sessions s WHERE id = ${id}`,
  );
}

/** The user's row is locked already: nobody else can make them a session meanwhile. */
export async function lockCurrent(tx: Tx, userId: string): Promise<Held | undefined> {
  await tx`SELECT 1 FROM sessions WHERE user_id = ${userId} AND state <> 'ended' FOR UPDATE`;
  return readHeld(
    await tx<HeldRow>`
      SELECT to_jsonb(s) AS session, baton_now() AS now FROM sessions s WHERE user_id = ${userId} AND state <> 'ended'`,
  );
}

type HeldRow = { session: SessionRow; now: Date };

function readHeld([row]: readonly HeldRow[]): Held | undefined {
  return row && { row: row.session, now: row.now.getTime() };
}

/** What is due, then `event` where the session still runs: one write, with one rev where people can see it. */
export async function advance(tx: Tx, held: Held, policy: ClockPolicy, event?: SessionEvent): Promise<Moved> {
  const { row, now } = held;
  const before = toState(row);
  const { state, effects } = moveOn(before, event, now, policy);
  if (state === before) return { row, now, effects, interrupted: [] };
  const interrupted = state.phase === "ended" ? await cutReplies(tx, row) : [];
  const rev = row.rev + interrupted.length + (effects.some(isVisible) ? 1 : 0);
  const columns = { ...clockColumns(state, policy), rev, activeAt: effects.some(isReturn) ? now : null };
  return { row: await writeState(tx, row.id, columns), now, effects, interrupted };
}

/** What takes a rev: it shows in the session itself. */
export function isVisible({ kind }: Effect): boolean {
  return kind === "idled" || kind === "reopened" || kind === "ended";
}

/** Told with the session, unlike the smaller signs of life: only this and words move `lastActivityAt`. */
function isReturn({ kind }: Effect): boolean {
  return kind === "reopened";
}

/** Milliseconds of the epoch, or null. */
export type ClockColumns = {
  state: SessionRow["state"];
  awaiting: SessionRow["awaiting"] | null;
  warned: boolean;
  silentSince: number | null;
  runsUntil: number | null;
  idleAt: number | null;
  idledAt: number | null;
  nextAt: number | null;
  nextKind: string | null;
  endedAt: number | null;
  endReason: EndReason | null;
};

export function clockColumns(state: SessionState, policy: ClockPolicy): ClockColumns {
  const next = nextDeadline(state, policy);
  const isOver = state.phase === "ended";
  const isRunning = state.phase === "open" || state.phase === "warned";
  return {
    state: state.phase === "warned" ? "open" : state.phase,
    awaiting: isOver ? null : state.awaiting,
    warned: state.phase === "warned",
    silentSince: isOver ? null : state.silentSince,
    runsUntil: isOver ? null : state.runsUntil,
    idleAt: isRunning ? idleAt(state, policy) : null,
    idledAt: state.phase === "idle" ? state.idledAt : null,
    nextAt: next?.at ?? null,
    nextKind: next?.kind ?? null,
    endedAt: isOver ? state.endedAt : null,
    endReason: isOver ? state.reason : null,
  };
}

async function writeState(
  tx: Tx,
  id: string,
  c: ClockColumns & { rev: number; activeAt: number | null },
): Promise<SessionRow> {
  const [row] = await tx<{ session: SessionRow }>`
    WITH s AS (
      UPDATE sessions SET state = ${c.state}, awaiting = coalesce(${c.awaiting}, awaiting), warned = ${c.warned},
        silent_since = coalesce(to_timestamp(${c.silentSince}::float8 / 1000), silent_since),
        runs_until = to_timestamp(${c.runsUntil}::float8 / 1000), idle_at = to_timestamp(${c.idleAt}::float8 / 1000),
        idled_at = coalesce(to_timestamp(${c.idledAt}::float8 / 1000), idled_at),
        next_deadline_at = to_timestamp(${c.nextAt}::float8 / 1000), deadline_kind = ${c.nextKind},
        ended_at = to_timestamp(${c.endedAt}::float8 / 1000), end_reason = ${c.endReason},
        last_activity_at = coalesce(to_timestamp(${c.activeAt}::float8 / 1000), last_activity_at),
        queued_at = CASE WHEN ${c.state} = 'ended' THEN NULL ELSE queued_at END, rev = ${c.rev}
      WHERE id = ${id} RETURNING *)
    SELECT to_jsonb(s) AS session FROM s`;
  if (!row) throw new Error(`session ${id} vanished under its lock`);
  return row.session;
}

/** An ended session's turns are dropped, and what was being written stays as it was left. */
async function cutReplies(tx: Tx, session: SessionRow): Promise<MessageRow[]> {
  await tx`UPDATE turns SET state = 'dropped' WHERE session_id = ${session.id} AND state IN ('queued', 'running')`;
  const cut = await tx<{ message: MessageRow }>`
    WITH cut AS (
      SELECT id, row_number() OVER (ORDER BY seq)::int AS nth FROM messages
      WHERE session_id = ${session.id} AND status = 'streaming'),
    m AS (
      UPDATE messages SET status = 'interrupted', rev = ${session.rev} + cut.nth, revised = true
      FROM cut WHERE messages.id = cut.id RETURNING messages.*)
    SELECT to_jsonb(m) AS message FROM m ORDER BY m.rev`;
  return cut.map(({ message }) => message);
}

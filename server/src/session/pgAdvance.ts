/**
 * A session moves on: what is due takes effect, then what has just happened, under its row lock and in the caller's
 * transaction. Whatever loads a session to change it comes through here first, so a deadline counts from its own moment
 * and not from when the loop came by.
 */
import type { Tx } from "../postgres/connect.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import type { ClockPolicy } from "./deadlines.ts";
import { type ClockChange, clockColumns, writeClocks } from "./pgClock.ts";
import { type SessionRow, toState } from "./sessionRow.ts";
import { type Effect, moveOn, type SessionEvent, type Step } from "./sessionState.ts";
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
  const [written = row] = await writeClocks(tx, [changeOf(held, { state, effects }, policy, interrupted.length)]);
  return { row: written, now, effects, interrupted };
}

/** One rev where people can see it, and one for each reply that was cut before. */
export function changeOf({ row, now }: Held, { state, effects }: Step, policy: ClockPolicy, cut = 0): ClockChange {
  const rev = row.rev + cut + (effects.some(isVisible) ? 1 : 0);
  return { row, columns: { ...clockColumns(state, policy), rev, activeAt: effects.some(isReturn) ? now : null } };
}

/** What takes a rev: it shows in the session itself. */
function isVisible({ kind }: Effect): boolean {
  return kind === "idled" || kind === "reopened" || kind === "ended";
}

/** Told with the session, unlike the smaller signs of life: only this and words move `lastActivityAt`. */
function isReturn({ kind }: Effect): boolean {
  return kind === "reopened";
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

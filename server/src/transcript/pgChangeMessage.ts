/** Changing a message that is there: under its session's row lock, with the next rev. */

import { lockUserAt } from "../device-lock/pgHolders.ts";
import type { Sql, Tx } from "../postgres/connect.ts";
import { part } from "../postgres/sql.ts";
import { notFound } from "../refused.ts";
import type { ClockPolicy } from "../session/deadlines.ts";
import { advance, lockSession } from "../session/pgAdvance.ts";
import type { SessionRow } from "../session/sessionRow.ts";
import type { Moved } from "../session/sessionStore.ts";
import type { MessageRow } from "./messageRow.ts";
import type { ChangedRow, ChangeOf, Decide, MessageChange } from "./transcript.ts";

type Locked = { session: SessionRow; message: MessageRow };
type PolicyOf = (site: string) => ClockPolicy;

/** The session first, and what is due on it; the message is read after the wait for the lock. */
async function lock(
  tx: Tx,
  { userId, messageId }: { userId: string; messageId: string },
  policyOf: PolicyOf,
): Promise<(Locked & { moved: Moved }) | undefined> {
  const [place] = await tx<{ id: string }>`
    SELECT session_id AS id FROM messages WHERE id = ${messageId} AND user_id = ${userId}`;
  const held = place && (await lockSession(tx, place.id));
  if (!held) return undefined;
  const moved = await advance(tx, held, policyOf(held.row.site));
  const [row] = await tx<{ message: MessageRow }>`
    SELECT to_jsonb(m) AS message FROM messages m WHERE id = ${messageId} AND user_id = ${userId}`;
  return row && { session: moved.row, message: row.message, moved };
}

/** An edit is a word of the visitor's: the silence is over. */
async function touch(tx: Tx, session: SessionRow, policyOf: PolicyOf): Promise<Moved | undefined> {
  const held = await lockSession(tx, session.id);
  return held && advance(tx, held, policyOf(session.site), { kind: "touched" });
}

/** What an edited message said before stays readable for who may ask, until the message is deleted. */
async function keepRevision(tx: Tx, message: MessageRow): Promise<void> {
  await tx`
    INSERT INTO message_revisions (message_id, rev, body, at)
    SELECT id, rev, body, baton_now() FROM messages WHERE id = ${message.id}`;
}

/** One change has one time: what a client infers from the message is what the session says. */
export async function writeChange(tx: Tx, { message, session }: Locked, change: MessageChange): Promise<Locked> {
  if (change.edited) await keepRevision(tx, message);
  if (change.deleted) await tx`UPDATE message_revisions SET body = NULL WHERE message_id = ${message.id}`;
  const rev = session.rev + 1;
  const [row] = await tx<Locked>`
    WITH t AS MATERIALIZED (SELECT baton_now() AS now_at), s AS (
      UPDATE sessions SET rev = ${rev},
        last_activity_at = CASE WHEN ${change.edited ?? false} THEN (SELECT now_at FROM t) ELSE last_activity_at END
      WHERE id = ${session.id} RETURNING *
    ), m AS (
      UPDATE messages SET rev = ${rev},
        body = ${change.body === undefined ? part`body` : change.body},
        status = ${change.status ?? message.status},
        kind = ${change.kind ?? message.kind},
        edited_at = ${change.edited ? part`(SELECT now_at FROM t)` : part`edited_at`},
        deleted_at = ${change.deleted ? part`(SELECT now_at FROM t)` : part`deleted_at`},
        feedback = ${change.feedback ? change.feedback.value : part`feedback`},
        feedback_comment = ${change.feedback ? change.feedback.comment : part`feedback_comment`}
      WHERE id = ${message.id} RETURNING *
    )
    SELECT to_jsonb(s) AS session, to_jsonb(m) AS message FROM s, m`;
  if (!row) throw new Error(`message ${message.id} vanished under its session's lock`);
  return row;
}

export async function changeMessage(sql: Sql, of: ChangeOf, decide: Decide, policyOf: PolicyOf): Promise<ChangedRow> {
  return sql.begin(async (tx) => {
    if (of.epoch !== undefined) await lockUserAt(tx, of.userId, of.epoch);
    const locked = await lock(tx, of, policyOf);
    if (!locked) throw notFound("message");
    const { moved, ...before } = locked;
    const change = decide(before.message, before.session);
    if (!change) return { ...before, moved, touched: undefined, changed: false };
    const after = await writeChange(tx, before, change);
    const touched = change.edited ? await touch(tx, after.session, policyOf) : undefined;
    return { message: after.message, session: touched?.row ?? after.session, moved, touched, changed: true };
  });
}

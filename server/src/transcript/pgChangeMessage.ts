/** Changing a message that is there: under its session's row lock, with the next rev. */

import type { Sql, Tx } from "../postgres/connect.ts";
import { part } from "../postgres/sql.ts";
import { notFound } from "../refused.ts";
import type { SessionRow } from "../session/sessionRow.ts";
import type { MessageRow } from "./messageRow.ts";
import type { ChangedRow, Decide, MessageChange } from "./transcript.ts";

type Locked = { session: SessionRow; message: MessageRow };

/** Two statements: the second looks after the wait for the lock. */
async function lock(tx: Tx, userId: string, messageId: string): Promise<Locked | undefined> {
  await tx`
    SELECT 1 FROM sessions WHERE id = (SELECT session_id FROM messages WHERE id = ${messageId} AND user_id = ${userId})
    FOR UPDATE`;
  const [row] = await tx<Locked>`
    SELECT to_jsonb(s) AS session, to_jsonb(m) AS message
    FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.id = ${messageId} AND m.user_id = ${userId}`;
  return row;
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
      UPDATE messages SET rev = ${rev}, revised = true,
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

export async function changeMessage(
  sql: Sql,
  of: { userId: string; messageId: string },
  decide: Decide,
): Promise<ChangedRow> {
  return sql.begin(async (tx) => {
    const locked = await lock(tx, of.userId, of.messageId);
    if (!locked) throw notFound("message");
    const change = decide(locked.message, locked.session);
    return change ? { ...(await writeChange(tx, locked, change)), changed: true } : { ...locked, changed: false };
  });
}

/** Sessions, drafts and read marks in Postgres. Every query names the user. */

import type { Receipt, Session } from "@baton/shared/visitor/shapes";
import type { Queryable, Sql, Tx } from "../postgres/connect.ts";
import { part } from "../postgres/sql.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import type { SessionRow } from "./sessionRow.ts";
import type { Ended, SessionStore, Standing, SummaryRow } from "./sessionStore.ts";

async function readStanding(sql: Queryable, userId: string): Promise<Standing> {
  const [row] = await sql<Standing>`
    WITH current AS (SELECT * FROM sessions WHERE user_id = ${userId} AND state <> 'ended')
    SELECT (SELECT to_jsonb(c) FROM current c) AS current,
      (SELECT to_jsonb(p) FROM sessions p WHERE user_id = ${userId} AND state = 'ended'
        ORDER BY ended_at DESC, opened_at DESC LIMIT 1) AS previous,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('author', jsonb_build_object('kind', r.author_kind, 'id', r.author_id),
                                                    'delivered', r.delivered, 'read', r.read)), '[]')
        FROM receipts r WHERE r.session_id = (SELECT id FROM current)) AS receipts,
      (SELECT to_jsonb(d) FROM drafts d WHERE d.user_id = ${userId}) AS draft,
      baton_now() AS now`;
  if (!row) throw new Error("a select without FROM answered no row");
  return row;
}

async function readReceipts(sql: Queryable, sessionId: string): Promise<Receipt[]> {
  const rows = await sql<{
    author_kind: Receipt["author"]["kind"];
    author_id: string;
    delivered: number;
    read: number;
  }>`
    SELECT author_kind, author_id, delivered, read FROM receipts WHERE session_id = ${sessionId}`;
  return rows.map((r) => ({ author: { kind: r.author_kind, id: r.author_id }, delivered: r.delivered, read: r.read }));
}

/** Newest first; `before` is the id of the last one seen. */
async function listSessions(
  sql: Queryable,
  of: { userId: string; before: string | undefined; limit: number },
): Promise<SummaryRow[]> {
  const older = of.before
    ? part`AND (s.opened_at, s.id) < (SELECT opened_at, id FROM sessions WHERE id = ${of.before} AND user_id = ${of.userId})`
    : part``;
  return sql<SummaryRow>`
    SELECT to_jsonb(s) AS session, s.last_seq AS message_count,
      (SELECT to_jsonb(m) FROM messages m WHERE m.session_id = s.id ORDER BY m.seq DESC LIMIT 1) AS last_message
    FROM sessions s WHERE s.user_id = ${of.userId} ${older}
    ORDER BY s.opened_at DESC, s.id DESC LIMIT ${of.limit}`;
}

async function sessionExists(sql: Queryable, userId: string, sessionId: string): Promise<boolean> {
  const rows = await sql`SELECT FROM sessions WHERE id = ${sessionId} AND user_id = ${userId}`;
  return rows.length > 0;
}

/** Under the user's row and then the session's, in the order that everything keeps. */
async function lockCurrent(tx: Tx, userId: string): Promise<SessionRow | undefined> {
  await tx`SELECT 1 FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
  await tx`SELECT 1 FROM sessions WHERE user_id = ${userId} AND state <> 'ended' FOR UPDATE`;
  const [row] = await tx<{ session: SessionRow }>`
    SELECT to_jsonb(s) AS session FROM sessions s WHERE user_id = ${userId} AND state <> 'ended'`;
  return row?.session;
}

/** Ends the session; its streaming reply stays as it is written, its turns are dropped: all in the caller's commit. */
export async function endSession(
  tx: Tx,
  session: SessionRow,
  reason: NonNullable<Session["endReason"]>,
): Promise<Ended> {
  await tx`UPDATE turns SET state = 'dropped' WHERE session_id = ${session.id} AND state IN ('queued', 'running')`;
  const interrupted = await tx<{ message: MessageRow }>`
    WITH cut AS (
      SELECT id, row_number() OVER (ORDER BY seq)::int AS nth FROM messages
      WHERE session_id = ${session.id} AND status = 'streaming'),
    m AS (
      UPDATE messages SET status = 'interrupted', rev = ${session.rev} + cut.nth, revised = true
      FROM cut WHERE messages.id = cut.id RETURNING messages.*)
    SELECT to_jsonb(m) AS message FROM m ORDER BY m.rev`;
  const [row] = await tx<{ session: SessionRow }>`
    WITH s AS (
      UPDATE sessions SET state = 'ended', end_reason = ${reason}, ended_at = baton_now(), queued_at = NULL,
        next_deadline_at = NULL, deadline_kind = NULL, rev = rev + 1 + ${interrupted.length}
      WHERE id = ${session.id} RETURNING *)
    SELECT to_jsonb(s) AS session FROM s`;
  if (!row) throw new Error(`session ${session.id} vanished under its lock`);
  return { session: row.session, interrupted: interrupted.map((i) => i.message) };
}

/** @returns false when the session is not this user's */
async function rateSession(
  sql: Queryable,
  of: { userId: string; sessionId: string; score: number; comment: Buffer | null },
): Promise<boolean> {
  const rows = await sql`
    UPDATE sessions SET score = ${of.score}, score_comment = ${of.comment}
    WHERE id = ${of.sessionId} AND user_id = ${of.userId} RETURNING id`;
  return rows.length > 0;
}

/**
 * Marks only rise, and never past the last message.
 * @returns the mark as it now stands and whether this call moved it; undefined when the session is not this user's
 */
async function markRead(
  sql: Sql,
  of: { userId: string; sessionId: string; seq: number },
): Promise<{ read: number; moved: boolean } | undefined> {
  return sql.begin(async (tx) => {
    const [session] = await tx<{ last_seq: number; read: number | null }>`
      SELECT s.last_seq, r.read FROM sessions s LEFT JOIN receipts r
        ON r.session_id = s.id AND r.author_kind = 'visitor' AND r.author_id = ${of.userId}
      WHERE s.id = ${of.sessionId} AND s.user_id = ${of.userId}`;
    if (!session) return undefined;
    const read = Math.min(of.seq, session.last_seq);
    if (read <= (session.read ?? 0)) return { read: session.read ?? 0, moved: false };
    await tx`
      INSERT INTO receipts (session_id, author_kind, author_id, delivered, read)
      VALUES (${of.sessionId}, 'visitor', ${of.userId}, ${read}, ${read})
      ON CONFLICT (session_id, author_kind, author_id) DO UPDATE
        SET read = greatest(receipts.read, EXCLUDED.read), delivered = greatest(receipts.delivered, EXCLUDED.delivered)`;
    return { read, moved: true };
  });
}

async function saveDraft(sql: Queryable, userId: string, deviceId: string, sealed: Buffer): Promise<void> {
  await sql`
    INSERT INTO drafts (user_id, device_id, body, at) VALUES (${userId}, ${deviceId}, ${sealed}, baton_now())
    ON CONFLICT (user_id) DO UPDATE SET device_id = EXCLUDED.device_id, body = EXCLUDED.body, at = EXCLUDED.at`;
}

async function clearDraft(sql: Queryable, userId: string): Promise<void> {
  await sql`DELETE FROM drafts WHERE user_id = ${userId}`;
}

/** How many wait on this site up to and including this session; 0 when it does not wait. */
async function queuePosition(sql: Queryable, sessionId: string): Promise<number> {
  const [row] = await sql<{ position: number }>`
    SELECT count(*)::int AS position FROM sessions me JOIN sessions other
      ON other.site = me.site AND other.mode = 'queue' AND other.state <> 'ended'
      AND (other.queued_at, other.id) <= (me.queued_at, me.id)
    WHERE me.id = ${sessionId} AND me.mode = 'queue' AND me.state <> 'ended'`;
  return row?.position ?? 0;
}

export function pgSessionStore(sql: Sql): SessionStore {
  return {
    readStanding: (userId) => readStanding(sql, userId),
    readReceipts: (sessionId) => readReceipts(sql, sessionId),
    list: (of) => listSessions(sql, of),
    exists: (userId, sessionId) => sessionExists(sql, userId, sessionId),
    close: (userId, expected) =>
      sql.begin(async (tx) => endSession(tx, expected(await lockCurrent(tx, userId)), "visitor")),
    rate: (of) => rateSession(sql, of),
    markRead: (of) => markRead(sql, of),
    saveDraft: (userId, deviceId, sealed) => saveDraft(sql, userId, deviceId, sealed),
    clearDraft: (userId) => clearDraft(sql, userId),
    queuePosition: (sessionId) => queuePosition(sql, sessionId),
  };
}

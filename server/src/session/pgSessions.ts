/** Sessions, drafts and read marks in Postgres. Every query names the user. */

import { lockUser, lockUserAt } from "../device-lock/pgHolders.ts";
import type { Queryable, Sql, Tx } from "../postgres/connect.ts";
import { type Part, part } from "../postgres/sql.ts";
import type { ClockPolicy } from "./deadlines.ts";
import { advance, lockCurrent, lockSession } from "./pgAdvance.ts";
import { beginSession } from "./pgBegin.ts";
import { type SessionRow, toState } from "./sessionRow.ts";
import { applyDue } from "./sessionState.ts";
import type {
  Begun,
  DecideMove,
  DraftRow,
  Margins,
  Moved,
  Mover,
  SessionStore,
  Standing,
  SummaryRow,
} from "./sessionStore.ts";

/** Rule: sessions.md, «The fair clock». */
const TOUCH_EVERY_MS = 30_000;

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

/** What a sync tells beside the messages: it takes no rev. */
async function readMargins(sql: Queryable, sessionId: string): Promise<Margins | undefined> {
  const [row] = await sql<Margins>`
    SELECT to_jsonb(s) AS session, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('author', jsonb_build_object('kind', r.author_kind, 'id', r.author_id),
                                                   'delivered', r.delivered, 'read', r.read)), '[]')
      FROM receipts r WHERE r.session_id = s.id) AS receipts
    FROM sessions s WHERE s.id = ${sessionId}`;
  return row;
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

/**
 * The one current session moves on under its user's row lock; `decide` says how, or refuses. Told nothing, nothing moves.
 * @throws StaleEpoch when the writer's grant is no more
 */
async function moveCurrent(tx: Tx, of: Mover, decide: DecideMove): Promise<Moved | undefined> {
  await lockUserAt(tx, of.userId, of.epoch);
  const held = await lockCurrent(tx, of.userId);
  // Judged by what is due: an end that nobody has written yet has come all the same.
  const goesOn = held && applyDue(toState(held.row), held.now, of.policy).state.phase !== "ended";
  const event = decide(goesOn ? held.row : undefined);
  return held && advance(tx, held, of.policy, event);
}

/** `startOn: "open"`: the session that opening the panel begins, where none goes on. */
async function beginCurrent(tx: Tx, of: Mover & { site: string; mode: SessionRow["mode"] }): Promise<Begun> {
  const user = await lockUser(tx, of.userId);
  // Another device has taken over since it opened: it may watch, which is no reason to refuse its opening.
  if (user.epoch !== of.epoch) return { before: undefined, row: undefined };
  const held = await lockCurrent(tx, of.userId);
  const before = held && (await advance(tx, held, of.policy));
  if (before && before.row.state !== "ended") return { before, row: undefined };
  const id = await beginSession(tx, { ...of, epoch: user.epoch });
  return { before, row: (await lockSession(tx, id))?.row };
}

/** Somebody types: the silence is over, written at most so often, and at once while it is warned of. */
async function touch(sql: Sql, of: Mover): Promise<Moved | undefined> {
  const [row] = await sql<{ id: string }>`SELECT id FROM sessions s WHERE user_id = ${of.userId} AND ${isTouched(of)}`;
  if (!row) return undefined;
  return sql.begin(async (tx) => {
    const held = await lockSession(tx, row.id);
    // Asked again behind the lock: another tab may have written it, or another device taken over.
    const still = await tx`SELECT 1 FROM sessions s WHERE id = ${row.id} AND ${isTouched(of)}`;
    return held && still.length > 0 ? advance(tx, held, of.policy, { kind: "touched" }) : undefined;
  });
}

const isTouched = ({ epoch }: Mover): Part =>
  part`s.state = 'open' AND s.awaiting = 'visitor' AND s.epoch = ${epoch}
    AND (s.warned OR s.silent_since <= baton_now() - ${TOUCH_EVERY_MS} * interval '1 millisecond')`;

/** What has become due takes effect now, before the loop comes by. */
async function settleDue(sql: Sql, sessionId: string, policy: ClockPolicy): Promise<Moved | undefined> {
  return sql.begin(async (tx) => {
    const held = await lockSession(tx, sessionId);
    return held && advance(tx, held, policy);
  });
}

async function stateOf(sql: Queryable, userId: string, sessionId: string): Promise<SessionRow["state"] | undefined> {
  const [row] = await sql<{ state: SessionRow["state"] }>`
    SELECT state FROM sessions WHERE id = ${sessionId} AND user_id = ${userId}`;
  return row?.state;
}

/** @returns false when the session is not this user's */
async function rateSession(
  sql: Sql,
  of: { userId: string; epoch: number; sessionId: string; score: number; comment: Buffer | null },
): Promise<boolean> {
  return sql.begin(async (tx) => {
    await lockUserAt(tx, of.userId, of.epoch);
    const rows = await tx`
      UPDATE sessions SET score = ${of.score}, score_comment = ${of.comment}
      WHERE id = ${of.sessionId} AND user_id = ${of.userId} RETURNING id`;
    return rows.length > 0;
  });
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
      WHERE s.id = ${of.sessionId} AND s.user_id = ${of.userId} FOR KEY SHARE OF s`;
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

/** Held against the user's row: what a device writes after it lost the baton must not lie over what was carried on. */
async function saveDraft(sql: Sql, of: { userId: string; epoch: number; deviceId: string; sealed: Buffer | null }) {
  await sql.begin(async (tx) => {
    await lockUserAt(tx, of.userId, of.epoch);
    if (of.sealed === null) await tx`DELETE FROM drafts WHERE user_id = ${of.userId}`;
    else
      await tx`
        INSERT INTO drafts (user_id, device_id, body, at) VALUES (${of.userId}, ${of.deviceId}, ${of.sealed}, baton_now())
        ON CONFLICT (user_id) DO UPDATE SET device_id = EXCLUDED.device_id, body = EXCLUDED.body, at = EXCLUDED.at`;
  });
}

async function readDraft(sql: Queryable, userId: string): Promise<DraftRow | undefined> {
  const [row] = await sql<{ draft: DraftRow }>`SELECT to_jsonb(d) AS draft FROM drafts d WHERE d.user_id = ${userId}`;
  return row?.draft;
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
    readMargins: (sessionId) => readMargins(sql, sessionId),
    list: (of) => listSessions(sql, of),
    stateOf: (userId, sessionId) => stateOf(sql, userId, sessionId),
    move: (of, decide) => sql.begin((tx) => moveCurrent(tx, of, decide)),
    begin: (of) => sql.begin((tx) => beginCurrent(tx, of)),
    touch: (of) => touch(sql, of),
    settleDue: (sessionId, policy) => settleDue(sql, sessionId, policy),
    rate: (of) => rateSession(sql, of),
    markRead: (of) => markRead(sql, of),
    saveDraft: (of) => saveDraft(sql, of),
    readDraft: (userId) => readDraft(sql, userId),
    queuePosition: (sessionId) => queuePosition(sql, sessionId),
  };
}

/** Turns in Postgres. Each write looks at the turn's attempt first: an older one writes nothing. */

import { nanoid } from "nanoid";
import type { Sql, Tx } from "../postgres/connect.ts";
import { json, part } from "../postgres/sql.ts";
import type { ClockPolicy } from "../session/deadlines.ts";
import { advance } from "../session/pgAdvance.ts";
import { type SessionRow, toState } from "../session/sessionRow.ts";
import { applyDue } from "../session/sessionState.ts";
import type { Held, Moved } from "../session/sessionStore.ts";
import type { Append, AppendQueue } from "../transcript/appendQueue.ts";
import { sealFor } from "../transcript/appendQueue.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import { appendBatch } from "../transcript/pgAppend.ts";
import { writeChange } from "../transcript/pgChangeMessage.ts";
import { type KeyRow, keysOfUser, toWrappedKeys } from "../transcript/pgKeys.ts";
import type { Vault } from "../transcript/vault.ts";
import type { ClaimedTurn, Finish, Finished, LoadedTurn, TurnStore } from "./turnStore.ts";

const LEASE_SECONDS = 10;

type TurnRow = {
  id: string;
  session_id: string;
  user_id: string;
  site: string;
  attempt: number;
  reply_id: string | null;
};

async function claim(sql: Sql, limit: number): Promise<ClaimedTurn[]> {
  if (limit <= 0) return [];
  // The time is asked for once: asked for each turn that waits, it cost more than all the rest.
  const rows = await sql<TurnRow>`
    WITH clock AS MATERIALIZED (SELECT baton_now() AS now)
    UPDATE turns SET state = 'running', attempt = attempt + 1,
      lease_until = (SELECT now FROM clock) + ${LEASE_SECONDS} * interval '1 second'
    WHERE id IN (
      SELECT id FROM turns AS due
      WHERE (state = 'queued' AND ready_at <= (SELECT now FROM clock)
             AND NOT EXISTS (SELECT FROM turns r WHERE r.session_id = due.session_id AND r.state = 'running'))
         OR (state = 'running' AND lease_until <= (SELECT now FROM clock))
      ORDER BY ready_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, session_id, user_id, site, attempt, reply_id`;
  return rows.map((row) => ({
    id: row.id,
    sessionId: row.session_id,
    userId: row.user_id,
    site: row.site,
    attempt: row.attempt,
    replyId: row.reply_id ?? undefined,
  }));
}

async function nextDueMs(sql: Sql): Promise<number | undefined> {
  const [row] = await sql<{ ms: number | null }>`
    SELECT extract(epoch FROM min(ready_at) - baton_now())::float8 * 1000 AS ms FROM turns AS due WHERE state = 'queued'
      AND NOT EXISTS (SELECT FROM turns r WHERE r.session_id = due.session_id AND r.state = 'running')`;
  return row?.ms ?? undefined;
}

type LoadRow = {
  session: SessionRow;
  messages: MessageRow[];
  reply: MessageRow | null;
  name: string | null;
  kind: string;
  keys: KeyRow[];
};

/**
 * What the turn answers is settled here and not by the claim: that one's snapshot may be older than a message which
 * joined the turn before the claim had its row. Whatever comes after the claim opens a turn of its own.
 */
async function load(sql: Sql, vault: Vault, turn: ClaimedTurn): Promise<LoadedTurn | undefined> {
  const [row] = await sql<LoadRow>`
    WITH t AS (
      UPDATE turns SET through_seq = coalesce(through_seq, (SELECT last_seq FROM sessions WHERE id = turns.session_id))
      WHERE id = ${turn.id} AND attempt = ${turn.attempt} AND state = 'running' RETURNING session_id, through_seq, reply_id)
    SELECT to_jsonb(s) AS session, u.name, u.kind,
      (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.seq), '[]') FROM messages m WHERE m.session_id = s.id
         AND m.sender = 'visitor' AND m.deleted_at IS NULL AND m.seq > s.answered_seq AND m.seq <= t.through_seq) AS messages,
      (SELECT to_jsonb(r) FROM messages r WHERE r.id = t.reply_id) AS reply,
      ${keysOfUser} AS keys
    FROM t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id`;
  if (!row) return undefined;
  const keys = vault.keyring(toWrappedKeys(row.keys));
  const user = { id: row.session.user_id, name: row.name, verified: row.kind === "identified", keys };
  return { session: row.session, user, messages: row.messages, reply: row.reply ?? undefined };
}

/** Locks the session, then looks whether the turn is still this attempt's. What is due to end is the loop's to write. */
async function lockOurs(tx: Tx, turn: ClaimedTurn, policy: ClockPolicy): Promise<Held | undefined> {
  await tx`SELECT 1 FROM sessions WHERE id = ${turn.sessionId} FOR UPDATE`;
  const [row] = await tx<{ session: SessionRow; now: Date }>`
    SELECT to_jsonb(s) AS session, baton_now() AS now FROM sessions s JOIN turns t ON t.session_id = s.id
    WHERE t.id = ${turn.id} AND t.attempt = ${turn.attempt} AND t.state = 'running'`;
  if (!row) return undefined;
  const held = { row: row.session, now: row.now.getTime() };
  const isEnding =
    row.session.state !== "ended" && applyDue(toState(held.row), held.now, policy).state.phase === "ended";
  return isEnding ? undefined : held;
}

type Reply = { session: SessionRow; message: MessageRow };

async function readReply(tx: Tx, id: string): Promise<Reply | undefined> {
  const [row] = await tx<Reply>`
    SELECT to_jsonb(s) AS session, to_jsonb(m) AS message FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.id = ${id}`;
  return row;
}

/** Under the session's lock. */
async function appendReply(tx: Tx, turn: ClaimedTurn, append: Append) {
  const id = nanoid();
  const [outcome] = await appendBatch(tx, [sealFor(append, id, turn.sessionId)]);
  if (outcome?.kind !== "appended") return undefined;
  await tx`UPDATE turns SET reply_id = ${id} WHERE id = ${turn.id}`;
  return readReply(tx, id);
}

async function beginReply(tx: Tx, turn: ClaimedTurn, { append, policy }: { append: Append; policy: ClockPolicy }) {
  const held = await lockOurs(tx, turn, policy);
  if (!held || held.row.state === "ended") return undefined;
  const row = await appendReply(tx, turn, append);
  return row && { session: row.session, reply: row.message };
}

async function checkpoint(
  sql: Sql,
  turn: ClaimedTurn,
  reply: { id: string; body: Buffer } | undefined,
): Promise<boolean> {
  const renewed = await sql`
    WITH ours AS (
      UPDATE turns SET lease_until = baton_now() + ${LEASE_SECONDS} * interval '1 second'
      WHERE id = ${turn.id} AND attempt = ${turn.attempt} AND state = 'running' RETURNING id),
    written AS (
      UPDATE messages SET body = ${reply?.body ?? null}
      WHERE id = ${reply?.id ?? null} AND status = 'streaming' AND EXISTS (SELECT FROM ours))
    SELECT id FROM ours`;
  return renewed.length > 0;
}

async function finish(tx: Tx, turn: ClaimedTurn, finish: Finish, policy: ClockPolicy): Promise<Finished | undefined> {
  const held = await lockOurs(tx, turn, policy);
  if (!held) return undefined;
  // Before anything takes a rev: it is told before.
  const before = await advance(tx, held, policy);
  const [ended] = await tx<{ reply_id: string | null; through_seq: number | null }>`
    UPDATE turns SET state = ${finish.status === "failed" ? "failed" : "done"}, lease_until = NULL WHERE id = ${turn.id}
    RETURNING reply_id, through_seq`;
  const begun = ended?.reply_id ? await readReply(tx, ended.reply_id) : undefined;
  const throughSeq = ended?.through_seq ?? 0;
  if (before.row.state === "ended" || (begun && begun.message.status !== "streaming")) {
    const settled = { throughSeq, context: undefined, handoff: false, policy, now: before.now };
    return { before, moved: await settleSession(tx, turn, settled), reply: undefined, isLate: true };
  }
  const reply = begun
    ? await endReply(tx, begun, finish)
    : finish.apology && (await appendReply(tx, turn, finish.apology));
  const { context, handoff } = finish;
  const moved = await settleSession(tx, turn, { throughSeq, context, handoff, policy, now: before.now });
  return { before, moved, reply: reply?.message, isLate: false };
}

function endReply(tx: Tx, begun: Reply, { status, kind, body }: Finish): Promise<Reply> {
  return writeChange(tx, begun, { status, ...(body && { kind, body }) });
}

type Settled = Pick<Finish, "context" | "handoff"> & { throughSeq: number; policy: ClockPolicy; now: number };

/** The clock is fair: from here on it is the visitor's turn, unless more is owed. */
async function settleSession(tx: Tx, turn: ClaimedTurn, settled: Settled): Promise<Moved> {
  const { context, handoff, throughSeq, policy, now } = settled;
  // What was said meanwhile a person will read: the bot would talk over them.
  if (handoff) await tx`UPDATE turns SET state = 'dropped' WHERE session_id = ${turn.sessionId} AND state = 'queued'`;
  else await openMissed(tx, turn, throughSeq);
  const [row] = await tx<{ session: SessionRow; owed: boolean }>`
    WITH s AS (
      UPDATE sessions SET
        answered_seq = greatest(answered_seq, ${throughSeq}),
        context = ${context ? json(context) : part`context`},
        context_version = context_version + ${context ? 1 : 0},
        mode = ${handoff ? "queue" : part`mode`},
        queued_at = ${handoff ? part`baton_now()` : part`queued_at`},
        rev = rev + ${handoff ? 1 : 0}
      WHERE id = ${turn.sessionId} RETURNING *)
    SELECT to_jsonb(s) AS session,
      mode <> 'bot' OR EXISTS (SELECT FROM turns WHERE session_id = s.id AND state = 'queued') AS owed FROM s`;
  if (!row) throw new Error(`session ${turn.sessionId} vanished under its lock`);
  return advance(tx, { row: row.session, now }, policy, { kind: row.owed ? "owed" : "answered" });
}

/** Every message of a visitor is owed an answer: one that came later and has no turn, whyever, gets one. */
async function openMissed(tx: Tx, turn: ClaimedTurn, throughSeq: number): Promise<void> {
  await tx`
    INSERT INTO turns (id, session_id, user_id, site, created_at, ready_at)
    SELECT ${nanoid()}, s.id, s.user_id, s.site, now_at, now_at FROM sessions s, (SELECT baton_now() AS now_at) AS clock
    WHERE s.id = ${turn.sessionId} AND s.mode = 'bot' AND s.state <> 'ended'
      AND EXISTS (SELECT FROM messages m WHERE m.session_id = s.id AND m.sender = 'visitor' AND m.deleted_at IS NULL
                    AND m.seq > greatest(s.answered_seq, ${throughSeq}))
    ON CONFLICT (session_id) WHERE state = 'queued' DO NOTHING`;
}

export type TurnStoreParts = {
  vault: Vault;
  /** A turn's writes go in order with its user's own. */
  queue: AppendQueue;
  policyOf: (site: string) => ClockPolicy;
};

export function pgTurnStore(sql: Sql, { vault, queue, policyOf }: TurnStoreParts): TurnStore {
  return {
    claim: (limit) => claim(sql, limit),
    nextDueMs: () => nextDueMs(sql),
    load: (turn) => load(sql, vault, turn),
    beginReply: (turn, append) =>
      queue.alone(turn.userId, () => sql.begin((tx) => beginReply(tx, turn, { append, policy: policyOf(turn.site) }))),
    checkpoint: (turn, reply) => checkpoint(sql, turn, reply),
    finish: (turn, how) =>
      queue.alone(turn.userId, () => sql.begin((tx) => finish(tx, turn, how, policyOf(turn.site)))),
    release: async (turn) => {
      await sql`UPDATE turns SET lease_until = baton_now() WHERE id = ${turn.id} AND attempt = ${turn.attempt} AND state = 'running'`;
    },
    releaseAll: async () => {
      await sql`UPDATE turns SET lease_until = baton_now() WHERE state = 'running'`;
    },
  };
}

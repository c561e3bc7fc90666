/** Turns in Postgres. Each write looks at the turn's attempt first: an older one writes nothing. */

import { nanoid } from "nanoid";
import type { Sql, Tx } from "../postgres/connect.ts";
import { json, part } from "../postgres/sql.ts";
import type { SessionRow } from "../session/sessionRow.ts";
import type { Append, AppendQueue } from "../transcript/appendQueue.ts";
import { sealFor } from "../transcript/appendQueue.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import { appendBatch } from "../transcript/pgAppend.ts";
import { writeChange } from "../transcript/pgChangeMessage.ts";
import type { Vault } from "../transcript/vault.ts";
import type { ClaimedTurn, Finish, Finished, LoadedTurn, TurnStore } from "./turnStore.ts";

const LEASE_SECONDS = 10;
/** A bot that takes its process down each time must not do so for ever. */
const MOST_ATTEMPTS = 5;

type TurnRow = {
  id: string;
  session_id: string;
  user_id: string;
  site: string;
  attempt: number;
  through_seq: number;
  reply_id: string | null;
};

async function claim(sql: Sql, limit: number): Promise<ClaimedTurn[]> {
  if (limit <= 0) return [];
  const rows = await sql<TurnRow>`
    UPDATE turns SET state = 'running', attempt = attempt + 1, lease_until = baton_now() + ${LEASE_SECONDS} * interval '1 second',
      through_seq = coalesce(through_seq, (SELECT last_seq FROM sessions WHERE id = turns.session_id))
    WHERE id IN (
      SELECT id FROM turns AS due
      WHERE (state = 'queued' AND ready_at <= baton_now()
             AND NOT EXISTS (SELECT FROM turns r WHERE r.session_id = due.session_id AND r.state = 'running'))
         OR (state = 'running' AND lease_until <= baton_now())
      ORDER BY ready_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, session_id, user_id, site, attempt, through_seq, reply_id`;
  return rows.map((row) => ({
    id: row.id,
    sessionId: row.session_id,
    userId: row.user_id,
    site: row.site,
    attempt: row.attempt,
    throughSeq: row.through_seq,
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
  keys: { id: string; wrapped: string }[];
};

async function load(sql: Sql, vault: Vault, turn: ClaimedTurn): Promise<LoadedTurn | undefined> {
  if (turn.attempt > MOST_ATTEMPTS) return undefined;
  const [row] = await sql<LoadRow>`
    SELECT to_jsonb(s) AS session, u.name, u.kind,
      (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.seq), '[]') FROM messages m WHERE m.session_id = s.id
         AND m.sender = 'visitor' AND m.deleted_at IS NULL AND m.seq > s.answered_seq AND m.seq <= ${turn.throughSeq}) AS messages,
      (SELECT to_jsonb(r) FROM messages r WHERE r.id = ${turn.replyId ?? null}) AS reply,
      (SELECT json_agg(json_build_object('id', k.id, 'wrapped', encode(k.wrapped, 'base64')) ORDER BY k.created_at)
         FROM user_keys k WHERE k.user_id = u.id) AS keys
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ${turn.sessionId} AND s.state <> 'ended'`;
  // A message that was deleted before it was answered needs no answer.
  if (!row || row.messages.length === 0) return undefined;
  const keys = vault.keyring(row.keys.map((key) => ({ id: key.id, wrapped: Buffer.from(key.wrapped, "base64") })));
  const user = { id: row.session.user_id, name: row.name, verified: row.kind === "identified", keys };
  return { session: row.session, user, messages: row.messages, reply: row.reply ?? undefined };
}

/** Locks the session, then looks whether the turn is still this attempt's. */
async function lockOurs(tx: Tx, turn: ClaimedTurn): Promise<SessionRow | undefined> {
  await tx`SELECT 1 FROM sessions WHERE id = ${turn.sessionId} FOR UPDATE`;
  const [row] = await tx<{ session: SessionRow }>`
    SELECT to_jsonb(s) AS session FROM sessions s JOIN turns t ON t.session_id = s.id
    WHERE t.id = ${turn.id} AND t.attempt = ${turn.attempt} AND t.state = 'running'`;
  return row?.session;
}

async function readReply(tx: Tx, id: string): Promise<{ session: SessionRow; message: MessageRow } | undefined> {
  const [row] = await tx<{ session: SessionRow; message: MessageRow }>`
    SELECT to_jsonb(s) AS session, to_jsonb(m) AS message FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.id = ${id}`;
  return row;
}

async function beginReply(tx: Tx, turn: ClaimedTurn, append: Append) {
  const session = await lockOurs(tx, turn);
  if (!session || session.state === "ended") return undefined;
  const id = nanoid();
  const [outcome] = await appendBatch(tx, [sealFor(append, id, turn.sessionId)]);
  if (outcome?.kind !== "appended") return undefined;
  await tx`UPDATE turns SET reply_id = ${id} WHERE id = ${turn.id}`;
  const row = await readReply(tx, id);
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

async function finish(tx: Tx, turn: ClaimedTurn, finish: Finish): Promise<Finished | undefined> {
  const before = await lockOurs(tx, turn);
  if (!before) return undefined;
  await tx`UPDATE turns SET state = ${finish.status === "failed" ? "failed" : "done"}, lease_until = NULL WHERE id = ${turn.id}`;
  const [owner] = await tx<{ reply_id: string | null }>`SELECT reply_id FROM turns WHERE id = ${turn.id}`;
  const begun = owner?.reply_id ? await readReply(tx, owner.reply_id) : undefined;
  const ends = begun?.message.status === "streaming" && finish.body !== undefined;
  const changed =
    begun && ends
      ? await writeChange(tx, begun, { status: finish.status, kind: finish.kind, body: finish.body })
      : undefined;
  const session = await settleSession(tx, turn, finish);
  return { session, reply: changed?.message };
}

async function settleSession(tx: Tx, turn: ClaimedTurn, finish: Finish): Promise<SessionRow> {
  const [row] = await tx<{ session: SessionRow }>`
    WITH s AS (
      UPDATE sessions SET
        answered_seq = greatest(answered_seq, ${turn.throughSeq}),
        awaiting = CASE WHEN ${finish.handoff} OR EXISTS (SELECT FROM turns WHERE session_id = sessions.id AND state = 'queued')
                        THEN 'us' ELSE 'visitor' END,
        context = ${finish.context ? json(finish.context) : part`context`},
        context_version = context_version + ${finish.context ? 1 : 0},
        mode = ${finish.handoff ? "queue" : part`mode`},
        queued_at = ${finish.handoff ? part`baton_now()` : part`queued_at`},
        rev = rev + ${finish.handoff ? 1 : 0}
      WHERE id = ${turn.sessionId} RETURNING *)
    SELECT to_jsonb(s) AS session FROM s`;
  if (!row) throw new Error(`session ${turn.sessionId} vanished under its lock`);
  return row.session;
}

/** @param queue a turn's writes go in order with its user's own */
export function pgTurnStore(sql: Sql, vault: Vault, queue: AppendQueue): TurnStore {
  return {
    claim: (limit) => claim(sql, limit),
    nextDueMs: () => nextDueMs(sql),
    load: (turn) => load(sql, vault, turn),
    beginReply: (turn, append) => queue.alone(turn.userId, () => sql.begin((tx) => beginReply(tx, turn, append))),
    checkpoint: (turn, reply) => checkpoint(sql, turn, reply),
    finish: (turn, how) => queue.alone(turn.userId, () => sql.begin((tx) => finish(tx, turn, how))),
    release: async (turn) => {
      await sql`UPDATE turns SET lease_until = baton_now() WHERE id = ${turn.id} AND attempt = ${turn.attempt} AND state = 'running'`;
    },
    releaseAll: async () => {
      await sql`UPDATE turns SET lease_until = baton_now() WHERE state = 'running'`;
    },
  };
}

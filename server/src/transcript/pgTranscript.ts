/** Reading messages from Postgres. Every query names the user: another's session answers like an unknown one. */
import type { Queryable, Sql } from "../postgres/connect.ts";
import type { ClockPolicy } from "../session/deadlines.ts";
import type { MessageRow } from "./messageRow.ts";
import { changeMessage } from "./pgChangeMessage.ts";
import type { SessionPart, TranscriptStore } from "./transcript.ts";

/**
 * What changed after `rev`, by rev; at most `limit`. A reply that streams is always among it: it grows without a rev, so
 * nobody who was away can know how far it is.
 */
async function readChanges(
  sql: Queryable,
  of: { userId: string; sessionId: string; rev: number; limit: number },
): Promise<SessionPart | undefined> {
  const [part] = await sql<SessionPart>`
    SELECT to_jsonb(s) AS session, (
      SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.rev), '[]') FROM (
        SELECT * FROM (
          SELECT * FROM messages WHERE session_id = s.id AND status = 'streaming'
          UNION ALL
          SELECT * FROM messages WHERE session_id = s.id AND revised AND rev > ${of.rev} AND status <> 'streaming'
          UNION ALL
          SELECT * FROM messages WHERE session_id = s.id AND NOT revised AND status <> 'streaming' AND seq > coalesce((
            SELECT seq FROM messages WHERE session_id = s.id AND NOT revised AND rev <= ${of.rev}
            ORDER BY seq DESC LIMIT 1), 0)
        ) AS changed ORDER BY rev LIMIT ${of.limit}) AS m) AS messages
    FROM sessions s WHERE s.id = ${of.sessionId} AND s.user_id = ${of.userId}`;
  return part;
}

/** Messages before `beforeSeq` (or the newest), ascending. */
async function readPage(
  sql: Queryable,
  of: { userId: string; sessionId: string; beforeSeq: number | undefined; limit: number },
): Promise<SessionPart | undefined> {
  const [part] = await sql<SessionPart>`
    SELECT to_jsonb(s) AS session, (
      SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.seq), '[]') FROM (
        SELECT * FROM messages WHERE session_id = s.id AND seq < ${of.beforeSeq ?? 2_147_483_647}
        ORDER BY seq DESC LIMIT ${of.limit}) AS m) AS messages
    FROM sessions s WHERE s.id = ${of.sessionId} AND s.user_id = ${of.userId}`;
  return part;
}

/** The message that this key already is, if any. */
async function findByClientId(sql: Queryable, userId: string, clientId: string): Promise<MessageRow | undefined> {
  const [row] = await sql<{ message: MessageRow }>`
    SELECT to_jsonb(m) AS message FROM messages m
    WHERE user_id = ${userId} AND sender = 'visitor' AND client_id = ${clientId}`;
  return row?.message;
}

export function pgTranscriptStore(sql: Sql, policyOf: (site: string) => ClockPolicy): TranscriptStore {
  return {
    readChanges: (of) => readChanges(sql, of),
    readPage: (of) => readPage(sql, of),
    findByClientId: (userId, clientId) => findByClientId(sql, userId, clientId),
    change: (of, decide) => changeMessage(sql, of, decide, policyOf),
  };
}

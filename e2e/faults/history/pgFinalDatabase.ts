/**
 * Reads what the checker needs straight from Postgres, past every gateway. What messages say is sealed there: have people
 * read their transcripts (`watched.page`) at the end, and I5 holds those against all that was seen before.
 */
import type { FinalDatabase, MessageRow, SessionRow, UserRow } from "./finalDatabase.ts";

/** As cluster.postgres.sql is. */
type Sql = <Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Row[]>;

export type Reading = {
  readonly policy?: FinalDatabase["policy"];
  /** Left out: everybody. Runs that share a database are judged by their own people. */
  readonly users?: readonly string[];
};

export async function readFinalDatabase(sql: Sql, { policy, users: only }: Reading = {}): Promise<FinalDatabase> {
  const whose = only ?? null;
  const [clock] = await sql<{ now: number }>`SELECT (extract(epoch FROM baton_now()) * 1000)::float8 AS now`;
  if (!clock) throw new Error("the database does not tell the time");
  const users = await sql<UserRow>`
    SELECT id, epoch, active_device_id AS "activeDevice", merged_into AS "mergedInto" FROM users
    WHERE ${whose}::text[] IS NULL OR id = ANY(${whose}::text[])`;
  const sessions = await sql<SessionRow>`
    SELECT id, user_id AS "userId", state, rev, last_seq AS "lastSeq", epoch,
      (extract(epoch FROM opened_at) * 1000)::float8 AS "openedAt",
      (extract(epoch FROM ended_at) * 1000)::float8 AS "endedAt", end_reason AS "endReason",
      (extract(epoch FROM next_deadline_at) * 1000)::float8 AS "nextDeadlineAt", deadline_kind AS "deadlineKind"
    FROM sessions WHERE ${whose}::text[] IS NULL OR user_id = ANY(${whose}::text[])`;
  const rows = await sql<Omit<MessageRow, "clientId"> & { clientId: string | null }>`
    SELECT session_id AS "sessionId", seq, rev, id, user_id AS "userId", client_id AS "clientId",
      author_kind AS author, status, edited_at IS NOT NULL AS edited, deleted_at IS NOT NULL AS deleted,
      (extract(epoch FROM created_at) * 1000)::float8 AS at
    FROM messages WHERE ${whose}::text[] IS NULL OR user_id = ANY(${whose}::text[])`;
  const messages = rows.map(({ clientId, ...row }) => ({ ...row, ...(clientId !== null && { clientId }) }));
  return { now: clock.now, users, sessions, messages, ...(policy && { policy }) };
}

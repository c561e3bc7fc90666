/** Where each user's conversation stands, for comparison.ts: by the users' ids, so that no index has to be paid by writes. */
import type { Session } from "@baton/shared/visitor/shapes";
import type { Sql } from "../postgres/connect.ts";
import type { Head } from "./announced.ts";
import { type SessionRow, toSession } from "./sessionRow.ts";

type HeadRow = {
  user_id: string;
  epoch: number;
  session_id: string | null;
  rev: number | null;
  warned: boolean | null;
};

export async function readHeads(sql: Sql, userIds: readonly string[]): Promise<ReadonlyMap<string, Head>> {
  const rows = await sql<HeadRow>`
    SELECT u.id AS user_id, u.epoch, s.id AS session_id, s.rev, s.warned AND s.state = 'open' AS warned
    FROM users u LEFT JOIN sessions s ON s.user_id = u.id AND s.state <> 'ended'
    WHERE u.id = ANY (${userIds})`;
  return new Map(
    rows.map(({ user_id, epoch, session_id, rev, warned }) => [
      user_id,
      { epoch, sessionId: session_id ?? undefined, rev: rev ?? 0, isWarned: warned ?? undefined },
    ]),
  );
}

/** Those of them that are this user's, the oldest first. */
export async function readSessions(sql: Sql, userId: string, ids: readonly string[]): Promise<Session[]> {
  const rows = await sql<{ session: SessionRow }>`
    SELECT to_jsonb(s) AS session FROM sessions s WHERE id = ANY (${ids}) AND user_id = ${userId} ORDER BY opened_at, id`;
  return rows.map(({ session }) => toSession(session));
}

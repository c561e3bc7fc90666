/** What is due, of all sessions: locked, stepped and written in one transaction of up to so many rows. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Sql, Tx } from "../postgres/connect.ts";
import { json } from "../postgres/sql.ts";
import { type MessageRow, toMessage } from "../transcript/messageRow.ts";
import { type KeyRow, keysOfUser, toWrappedKeys } from "../transcript/pgKeys.ts";
import type { Vault } from "../transcript/vault.ts";
import type { DeadlineStore, DueSession } from "./deadlineLoop.ts";
import type { ClockPolicy } from "./deadlines.ts";
import { advance, clockColumns } from "./pgAdvance.ts";
import { type SessionRow, toState } from "./sessionRow.ts";
import { applyDue } from "./sessionState.ts";
import type { Moved } from "./sessionStore.ts";

type DueRow = { session: SessionRow; now: Date };
type PolicyOf = (site: string) => ClockPolicy;

/**
 * Rows that another node holds are left to it. The others' clocks are written in one statement; a session that ends with
 * somebody in the middle of a sentence is written by itself.
 */
async function settleDue(tx: Tx, limit: number, policyOf: PolicyOf): Promise<Moved[]> {
  const due = await tx<DueRow>`
    SELECT to_jsonb(s) AS session, baton_now() AS now FROM (
      SELECT * FROM sessions WHERE next_deadline_at <= baton_now()
      ORDER BY next_deadline_at LIMIT ${limit} FOR UPDATE SKIP LOCKED) AS s`;
  if (due.length === 0) return [];
  const stepped = due.map(({ session, now }) => {
    const policy = policyOf(session.site);
    return { row: session, now: now.getTime(), policy, ...applyDue(toState(session), now.getTime(), policy) };
  });
  const ending = stepped.filter(({ state }) => state.phase === "ended").map(({ row }) => row.id);
  const busy = await busyAmong(tx, ending);
  const moved: Moved[] = [];
  for (const { row, now, policy } of stepped.filter(({ row }) => busy.has(row.id))) {
    moved.push(await advance(tx, { row, now }, policy));
  }
  return [
    ...moved,
    ...(await writeAll(
      tx,
      stepped.filter(({ row }) => !busy.has(row.id)),
    )),
  ];
}

/** Those with an answer under way, or waiting for its turn. */
async function busyAmong(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx<{ id: string }>`
    SELECT session_id AS id FROM turns WHERE session_id = ANY (${ids}) AND state IN ('queued', 'running')
    UNION SELECT session_id FROM messages WHERE session_id = ANY (${ids}) AND status = 'streaming'`;
  return new Set(rows.map(({ id }) => id));
}

type Stepped = ReturnType<typeof applyDue> & { row: SessionRow; now: number; policy: ClockPolicy };

async function writeAll(tx: Tx, stepped: readonly Stepped[]): Promise<Moved[]> {
  const columns = stepped.map(({ row, state, effects, policy }) => {
    const isVisible = effects.some(({ kind }) => kind !== "warned");
    return { id: row.id, rev: row.rev + (isVisible ? 1 : 0), ...clockColumns(state, policy) };
  });
  const rows = await tx<{ session: SessionRow }>`
    WITH s AS (
      UPDATE sessions SET state = x.state, warned = x.warned, rev = x.rev, idle_at = to_timestamp(x."idleAt" / 1000),
        idled_at = coalesce(to_timestamp(x."idledAt" / 1000), idled_at), runs_until = to_timestamp(x."runsUntil" / 1000),
        next_deadline_at = to_timestamp(x."nextAt" / 1000), deadline_kind = x."nextKind",
        ended_at = to_timestamp(x."endedAt" / 1000), end_reason = x."endReason",
        queued_at = CASE WHEN x.state = 'ended' THEN NULL ELSE queued_at END
      FROM jsonb_to_recordset(${json(columns)}::jsonb) AS x (id text, rev integer, state text, warned boolean,
        "idleAt" float8, "idledAt" float8, "runsUntil" float8, "nextAt" float8, "nextKind" text, "endedAt" float8,
        "endReason" text)
      WHERE sessions.id = x.id RETURNING sessions.*)
    SELECT to_jsonb(s) AS session FROM s`;
  const byId = new Map(rows.map(({ session }) => [session.id, session]));
  return stepped.map(({ row, now, effects }) => ({ row: byId.get(row.id) ?? row, now, effects, interrupted: [] }));
}

async function openFor(sql: Sql, vault: Vault, { row, interrupted }: Moved): Promise<Message[]> {
  if (interrupted.length === 0) return [];
  const [user] = await sql<{ keys: KeyRow[] }>`SELECT ${keysOfUser} AS keys FROM users u WHERE u.id = ${row.user_id}`;
  const keys = vault.keyring(toWrappedKeys(user?.keys ?? []));
  return interrupted.map((message: MessageRow) => toMessage(message, keys));
}

export function pgDeadlineStore(sql: Sql, vault: Vault, policyOf: PolicyOf): DeadlineStore {
  return {
    async settle(limit) {
      const moved = await sql.begin((tx) => settleDue(tx, limit, policyOf));
      const told: DueSession[] = [];
      for (const one of moved) told.push({ ...one, messages: await openFor(sql, vault, one) });
      return told;
    },
    async next() {
      const [row] = await sql<{
        at: Date | null;
      }>`SELECT min(next_deadline_at) AS at FROM sessions WHERE next_deadline_at IS NOT NULL`;
      return row?.at?.getTime();
    },
  };
}

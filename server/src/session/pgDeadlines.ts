/** What is due, of all sessions: locked, stepped and written in one transaction of up to so many rows. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Sql, Tx } from "../postgres/connect.ts";
import { type Part, part } from "../postgres/sql.ts";
import { isStorageDown } from "../postgres/storageDown.ts";
import { type MessageRow, toMessage } from "../transcript/messageRow.ts";
import { type KeyRow, keysOfUser, toWrappedKeys } from "../transcript/pgKeys.ts";
import type { Vault } from "../transcript/vault.ts";
import type { ClockPolicy } from "./deadlines.ts";
import { advance, changeOf } from "./pgAdvance.ts";
import { writeClocks } from "./pgClock.ts";
import { type SessionRow, toState } from "./sessionRow.ts";
import { moveOn, type Step } from "./sessionState.ts";
import type { Held, Moved } from "./sessionStore.ts";
import { type Batch, CommitInDoubt, type DeadlineStore } from "./settling.ts";

type PolicyOf = (site: string) => ClockPolicy;
type Stepped = Step & Held & { policy: ClockPolicy };

/**
 * Rows that another node holds are left to it. The others' clocks are written in one statement; a session that ends with
 * somebody in the middle of a sentence is written by itself.
 */
async function settleDue(tx: Tx, which: Part, policyOf: PolicyOf): Promise<Moved[]> {
  const due = await lockDue(tx, which);
  if (due.length === 0) return [];
  const stepped = due.map(({ row, now }): Stepped => {
    const policy = policyOf(row.site);
    return { row, now, policy, ...moveOn(toState(row), undefined, now, policy) };
  });
  const ending = stepped.filter(({ state }) => state.phase === "ended").map(({ row }) => row.id);
  const busy = await busyAmong(tx, ending);
  const moved: Moved[] = [];
  for (const one of stepped.filter(({ row }) => busy.has(row.id))) moved.push(await advance(tx, one, one.policy));
  const others = stepped.filter(({ row }) => !busy.has(row.id));
  return [...moved, ...(await writeAll(tx, others))];
}

/**
 * The time is asked for once and not for each row: else the index cannot find what is due, and everything that waits is
 * looked at (measured: a quarter of a second for 100,000 sessions of which none was due).
 */
const clock = part`WITH clock AS MATERIALIZED (SELECT baton_now() AS now)`;
const isDue = part`next_deadline_at <= (SELECT now FROM clock)`;

function batchOf({ limit, except }: Batch): Part {
  return part`WHERE ${isDue} AND id <> ALL (${except}) ORDER BY next_deadline_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
}

function onlyOne(id: string): Part {
  return part`WHERE ${isDue} AND id = ${id} FOR UPDATE SKIP LOCKED`;
}

async function lockDue(tx: Tx, which: Part): Promise<Held[]> {
  const due = await tx<{ session: SessionRow; now: Date }>`
    ${clock} SELECT to_jsonb(s) AS session, (SELECT now FROM clock) AS now FROM (SELECT * FROM sessions ${which}) AS s`;
  return due.map(({ session, now }) => ({ row: session, now: now.getTime() }));
}

/** Those with an answer under way, or waiting for its turn. */
async function busyAmong(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx<{ id: string }>`
    SELECT session_id AS id FROM turns WHERE session_id = ANY (${ids}) AND state IN ('queued', 'running')
    UNION SELECT session_id FROM messages WHERE session_id = ANY (${ids}) AND status = 'streaming'`;
  return new Set(rows.map(({ id }) => id));
}

async function writeAll(tx: Tx, stepped: readonly Stepped[]): Promise<Moved[]> {
  const rows = await writeClocks(
    tx,
    stepped.map((one) => changeOf(one, one, one.policy)),
  );
  return stepped.map(({ row, now, effects }, i) => ({ row: rows[i] ?? row, now, effects, interrupted: [] }));
}

async function open(sql: Sql, vault: Vault, { row, interrupted }: Moved): Promise<Message[]> {
  const [user] = await sql<{ keys: KeyRow[] }>`SELECT ${keysOfUser} AS keys FROM users u WHERE u.id = ${row.user_id}`;
  const keys = vault.keyring(toWrappedKeys(user?.keys ?? []));
  return interrupted.map((message: MessageRow) => toMessage(message, keys));
}

export function pgDeadlineStore(sql: Sql, vault: Vault, policyOf: PolicyOf): DeadlineStore {
  async function settle(which: Part): Promise<Moved[]> {
    let isWritten = false;
    try {
      return await sql.begin(async (tx) => {
        const moved = await settleDue(tx, which, policyOf);
        isWritten = moved.length > 0;
        return moved;
      });
    } catch (error) {
      throw isWritten && isStorageDown(error) ? new CommitInDoubt(error) : error;
    }
  }

  return {
    settle: (batch) => settle(batchOf(batch)),
    async settleOne(id) {
      const [moved] = await settle(onlyOne(id));
      return moved;
    },
    async dueIds(batch) {
      const rows = await sql<{ id: string }>`${clock} SELECT id FROM sessions ${batchOf(batch)}`;
      return rows.map(({ id }) => id);
    },
    open: (moved) => open(sql, vault, moved),
    async next(except) {
      const [row] = await sql<{ at: Date | null }>`
        SELECT min(next_deadline_at) AS at FROM sessions
        WHERE next_deadline_at IS NOT NULL AND id <> ALL (${except})`;
      return row?.at?.getTime();
    },
  };
}

/** The append of a batch and of a single message, in Postgres. Implements AppendStore. */

import type { Session } from "@baton/shared/visitor/shapes";
import { nanoid } from "nanoid";
import type { Queryable, Sql, Tx } from "../postgres/connect.ts";
import { json, part } from "../postgres/sql.ts";
import { isStorageDown } from "../postgres/storageDown.ts";
import { notFound, Refused } from "../refused.ts";
import { type SessionRow, toSession } from "../session/sessionRow.ts";
import { type Append, type AppendOutcome, type AppendStore, type SealedEntry, sealFor } from "./appendQueue.ts";
import { isoTime, type MessageRow, toMessage } from "./messageRow.ts";

type OutcomeRow = {
  outcome: AppendOutcome["kind"];
  seq: number;
  rev: number;
  at: Date;
  thread_id: string;
  turn: boolean;
  session: SessionRow | null;
  first: MessageRow | null;
};

/** One entry as the SQL function reads it. */
function toJson({ append, id, sessionId, sealed }: SealedEntry) {
  const { turn, author } = append;
  // What is undefined is left out, and NULL to the function.
  return {
    id,
    session_id: sessionId,
    user_id: append.userId,
    epoch: append.epoch,
    sender: append.sender,
    client_id: append.clientId,
    author_kind: author.kind,
    author_id: author.id,
    author_name: author.name,
    kind: append.kind,
    body: sealed.toString("base64"),
    status: append.status,
    reply_to: append.replyTo,
    thread_id: append.threadId,
    turn_id: turn && nanoid(),
    quiet_ms: turn?.quietMs,
    gather_ms: turn?.gatherMs,
    calls_bot: turn?.callsBot ?? false,
  };
}

function toOutcome(row: OutcomeRow, entry: SealedEntry): AppendOutcome {
  if (row.outcome === "duplicate" && row.first) return duplicateOf(row.first, entry);
  if (row.outcome !== "appended") return { kind: row.outcome as "stale" | "alone" | "not_found" };
  const { seq, rev, thread_id: threadId, turn: turnOwed } = row;
  const session = row.session ? { session: toSession(row.session) } : {};
  return {
    kind: "appended",
    seq,
    rev,
    at: isoTime(row.at),
    sessionId: entry.sessionId,
    threadId,
    turnOwed,
    ...session,
  };
}

/** A damaged row is one writer's fault: by now everybody else's entries are committed. */
function duplicateOf(first: MessageRow, { append: { keys } }: SealedEntry): AppendOutcome {
  try {
    return { kind: "duplicate", message: toMessage(first, keys) };
  } catch (error) {
    return { kind: "fault", error };
  }
}

export async function appendBatch(sql: Queryable, entries: readonly SealedEntry[]): Promise<AppendOutcome[]> {
  const rows = await sql<OutcomeRow>`SELECT * FROM append_messages(${json(entries.map(toJson))})`;
  return entries.map((entry, i) => {
    const row = rows[i];
    if (!row) throw new Error("append_messages answered fewer rows than it was given");
    return toOutcome(row, entry);
  });
}

/** The user's row first, then the session's: the order that every creation, move and merge keeps. */
async function lockUser(tx: Tx, userId: string): Promise<{ epoch: number }> {
  const [user] = await tx<{ epoch: number; merged_into: string | null; erased_at: Date | null }>`
    SELECT epoch, merged_into, erased_at FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
  if (!user || user.merged_into !== null || user.erased_at !== null) {
    throw new Refused("not_active_device", "This user was merged into another or erased: connect again.");
  }
  return user;
}

async function namedSession(tx: Tx, append: Append, id: string): Promise<string> {
  const [row] = await tx<{ state: string }>`SELECT state FROM sessions WHERE id = ${id} AND user_id = ${append.userId}`;
  if (!row) throw notFound("session");
  if (row.state === "ended")
    throw new Refused("session_ended", "This session has ended: leave out sessionId to start another.");
  return id;
}

async function currentSession(tx: Tx, append: Append): Promise<string | undefined> {
  const [row] = await tx<{ id: string }>`SELECT id FROM sessions WHERE user_id = ${append.userId} AND state <> 'ended'`;
  return row?.id;
}

async function createSession(tx: Tx, append: Append, epoch: number): Promise<string> {
  const [id, threadId] = [nanoid(), nanoid()];
  await tx`INSERT INTO threads (id, user_id, last_at) VALUES (${threadId}, ${append.userId}, baton_now())`;
  await tx`
    INSERT INTO sessions (id, site, user_id, thread_id, mode, queued_at, epoch, opened_at, last_activity_at)
    SELECT ${id}, ${append.site}, ${append.userId}, ${threadId}, ${append.turn ? "bot" : "queue"},
           ${append.turn ? null : part`now_at`}, ${epoch}, now_at, now_at FROM (SELECT baton_now() AS now_at) AS clock`;
  return id;
}

async function readSession(tx: Tx, id: string): Promise<Session | undefined> {
  const [row] = await tx<{ session: SessionRow }>`SELECT to_jsonb(s) AS session FROM sessions s WHERE id = ${id}`;
  return row && toSession(row.session);
}

async function appendAlone(tx: Tx, append: Append, id: string): Promise<AppendOutcome> {
  const user = await lockUser(tx, append.userId);
  const found = append.session?.named
    ? await namedSession(tx, append, append.session.id)
    : await currentSession(tx, append);
  if (!found && append.epoch !== user.epoch) return { kind: "stale" };
  const sessionId = found ?? (await createSession(tx, append, user.epoch));
  const [outcome] = await appendBatch(tx, [sealFor(append, id, sessionId)]);
  if (!outcome) throw new Error("append_messages answered nothing");
  // A known clientId needs no session: the one just made would stay empty.
  if (!found && outcome.kind !== "appended") throw new Repeated(outcome);
  if (found || outcome.kind !== "appended") return outcome;
  const session = await readSession(tx, sessionId);
  return session ? { ...outcome, session } : outcome;
}

/** Rolls the transaction back and carries its answer out. */
class Repeated extends Error {
  readonly outcome: AppendOutcome;
  constructor(outcome: AppendOutcome) {
    super("rolled back: nothing was appended");
    this.outcome = outcome;
  }
}

export function pgAppendStore(sql: Sql): AppendStore {
  return {
    appendBatch: (entries) => appendBatch(sql, entries),
    appendAlone: async (append, id) => {
      try {
        return await sql.begin((tx) => appendAlone(tx, append, id));
      } catch (error) {
        if (error instanceof Repeated) return error.outcome;
        throw error;
      }
    },
    isOutage: isStorageDown,
    isDataFault: (error) => !isStorageDown(error),
  };
}

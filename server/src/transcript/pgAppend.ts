/** The append of a batch and of a single message, in Postgres. Implements AppendStore. */

import type { Session } from "@baton/shared/visitor/shapes";
import { nanoid } from "nanoid";
import type { SitePolicy } from "../config/config.ts";
import { lockUser } from "../device-lock/pgHolders.ts";
import type { Queryable, Sql, Tx } from "../postgres/connect.ts";
import { json } from "../postgres/sql.ts";
import { isStorageDown } from "../postgres/storageDown.ts";
import { notFound, Refused } from "../refused.ts";
import type { ClockPolicy } from "../session/deadlines.ts";
import { advance, lockCurrent, lockSession } from "../session/pgAdvance.ts";
import { beginSession } from "../session/pgBegin.ts";
import { type SessionRow, toSession } from "../session/sessionRow.ts";
import type { Held, Moved } from "../session/sessionStore.ts";
import { type Append, type AppendOutcome, type AppendStore, type SealedEntry, sealFor } from "./appendQueue.ts";
import { isoTime, type MessageRow, toMessage } from "./messageRow.ts";

type AppendPolicy = ClockPolicy & Pick<SitePolicy, "primeWindowMs">;

type OutcomeRow = {
  outcome: AppendOutcome["kind"];
  seq: number;
  rev: number;
  at: Date;
  thread_id: string;
  turn: boolean;
  was_warned: boolean;
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
  if (row.outcome === "duplicate" && row.first) return duplicateOf(row.first, entry.append);
  if (row.outcome !== "appended") return { kind: row.outcome as "stale" | "alone" | "not_found" };
  const { seq, rev, thread_id: threadId, turn: turnOwed, was_warned: wasWarned } = row;
  const session = row.session ? { session: toSession(row.session) } : {};
  return {
    kind: "appended",
    seq,
    rev,
    at: isoTime(row.at),
    sessionId: entry.sessionId,
    threadId,
    turnOwed,
    wasWarned,
    moved: [],
    ...session,
  };
}

/** A damaged row is one writer's fault: by now everybody else's entries are committed. */
function duplicateOf(first: MessageRow, { keys }: Append): AppendOutcome {
  try {
    return { kind: "duplicate", message: toMessage(first, keys) };
  } catch (error) {
    return { kind: "fault", error };
  }
}

/** In a transaction that holds the rows already, or waits for them as long as it takes. */
export async function appendBatch(sql: Queryable, entries: readonly SealedEntry[]): Promise<AppendOutcome[]> {
  return outcomesOf(entries, await sql<OutcomeRow>`SELECT * FROM append_messages(${jsonOf(entries)})`);
}

/** Longer than any transaction of ours holds a row, unless its node stands still. */
const HELD_FOR_MS = 500;
/** lock_not_available, deadlock_detected. */
const HELD: ReadonlySet<unknown> = new Set(["55P03", "40P01"]);

/** A row that is held for long keeps its own user waiting, and not everybody in the batch: then each entry runs alone. */
async function appendTogether(sql: Queryable, entries: readonly SealedEntry[]): Promise<AppendOutcome[]> {
  try {
    // The argument is known only when the timeout is set, so it is set first; for this statement alone.
    const rows = await sql<OutcomeRow>`
      SELECT a.* FROM (SELECT set_config('lock_timeout', ${String(HELD_FOR_MS)}, true) AS is_set) t,
        LATERAL append_messages(CASE WHEN t.is_set IS NOT NULL THEN ${jsonOf(entries)}::jsonb END) a`;
    return outcomesOf(entries, rows);
  } catch (error) {
    if (error instanceof Error && "code" in error && HELD.has(error.code))
      return entries.map(() => ({ kind: "alone" }));
    throw error;
  }
}

function jsonOf(entries: readonly SealedEntry[]): string {
  return json(entries.map(toJson));
}

function outcomesOf(entries: readonly SealedEntry[], rows: readonly OutcomeRow[]): AppendOutcome[] {
  return entries.map((entry, i) => {
    const row = rows[i];
    if (!row) throw new Error("append_messages answered fewer rows than it was given");
    return toOutcome(row, entry);
  });
}

/** The first message of that key; found before lock, epoch and state are judged. */
async function findFirst(tx: Tx, { userId, sender, clientId }: Append): Promise<MessageRow | undefined> {
  if (clientId === undefined) return undefined;
  const [row] = await tx<{ first: MessageRow }>`
    SELECT to_jsonb(m) AS first FROM messages m WHERE user_id = ${userId} AND sender = ${sender} AND client_id = ${clientId}`;
  return row?.first;
}

/** A stranger's row is not even locked: they would wait for it, and the time it takes would tell that it is there. */
async function lockNamed(tx: Tx, append: Append, id: string): Promise<Held> {
  const own = await tx`SELECT 1 FROM sessions WHERE id = ${id} AND user_id = ${append.userId}`;
  const held = own.length === 0 ? undefined : await lockSession(tx, id);
  if (held?.row.user_id !== append.userId) throw notFound("session");
  return held;
}

type Place = { sessionId: string; created: boolean; moved: readonly Moved[] };

/** What is due takes effect; what idles goes on; where nothing goes on, something begins. */
async function findPlace(
  tx: Tx,
  append: Append,
  user: { epoch: number },
  policy: AppendPolicy,
): Promise<Place | "stale" | "ended"> {
  const isNamed = append.session?.named === true;
  const held = isNamed ? await lockNamed(tx, append, append.session?.id ?? "") : await lockCurrent(tx, append.userId);
  if (append.epoch !== null && append.epoch !== (held && held.row.state !== "ended" ? held.row.epoch : user.epoch)) {
    return "stale";
  }
  const moved = held && (await advance(tx, held, policy, { kind: "said" }));
  if (moved && moved.row.state !== "ended") return { sessionId: moved.row.id, created: false, moved: [moved] };
  if (isNamed) return "ended";
  const mode = append.turn ? "bot" : "queue";
  const sessionId = await beginSession(tx, { ...append, mode, epoch: user.epoch, policy });
  return { sessionId, created: true, moved: moved ? [moved] : [] };
}

async function appendAlone(tx: Tx, append: Append, id: string, policy: AppendPolicy): Promise<AppendOutcome> {
  const user = await lockUser(tx, append.userId);
  const place = await findPlace(tx, append, user, policy);
  const first = await findFirst(tx, append);
  if (first) throw new Undone(duplicateOf(first, append));
  if (place === "stale") return { kind: "stale" };
  if (place === "ended")
    throw new Refused("session_ended", "This session has ended: leave out sessionId to start another.");
  const [outcome] = await appendBatch(tx, [sealFor(append, id, place.sessionId)]);
  if (outcome?.kind !== "appended") throw new Undone(outcome ?? { kind: "not_found" });
  const moved = place.moved.filter(({ effects }) => effects.length > 0);
  const session = place.created ? await readSession(tx, place.sessionId) : outcome.session;
  return { ...outcome, moved, ...(session && { session }) };
}

async function readSession(tx: Tx, id: string): Promise<Session | undefined> {
  const [row] = await tx<{ session: SessionRow }>`SELECT to_jsonb(s) AS session FROM sessions s WHERE id = ${id}`;
  return row && toSession(row.session);
}

/** Rolls the transaction back, with all that it had begun or reopened, and carries its answer out. */
class Undone extends Error {
  readonly outcome: AppendOutcome;
  constructor(outcome: AppendOutcome) {
    super("rolled back: nothing was appended");
    this.outcome = outcome;
  }
}

export function pgAppendStore(sql: Sql, policyOf: (site: string) => SitePolicy): AppendStore {
  return {
    appendBatch: (entries) => appendTogether(sql, entries),
    appendAlone: async (append, id) => {
      try {
        return await sql.begin((tx) => appendAlone(tx, append, id, policyOf(append.site)));
      } catch (error) {
        if (error instanceof Undone) return error.outcome;
        throw error;
      }
    },
    isOutage: isStorageDown,
    isDataFault: (error) => !isStorageDown(error),
  };
}

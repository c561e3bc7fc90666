/** A session's clock in its row: the columns that follow from its state, and the one statement that writes them. */
import type { Tx } from "../postgres/connect.ts";
import { json } from "../postgres/sql.ts";
import { type ClockPolicy, idleAt, nextDeadline } from "./deadlines.ts";
import type { SessionRow } from "./sessionRow.ts";
import type { EndReason, SessionState } from "./sessionState.ts";

/** Milliseconds of the epoch, or null. */
export type ClockColumns = {
  state: SessionRow["state"];
  awaiting: SessionRow["awaiting"] | null;
  warned: boolean;
  silentSince: number | null;
  runsUntil: number | null;
  idleAt: number | null;
  idledAt: number | null;
  nextAt: number | null;
  nextKind: string | null;
  endedAt: number | null;
  endReason: EndReason | null;
};

/** What becomes of a row that is locked. `activeAt`: null leaves its last activity as it was. */
export type ClockChange = {
  readonly row: SessionRow;
  readonly columns: ClockColumns & { rev: number; activeAt: number | null };
};

export function clockColumns(state: SessionState, policy: ClockPolicy): ClockColumns {
  const next = nextDeadline(state, policy);
  const isOver = state.phase === "ended";
  const isRunning = state.phase === "open" || state.phase === "warned";
  return {
    state: state.phase === "warned" ? "open" : state.phase,
    awaiting: isOver ? null : state.awaiting,
    warned: state.phase === "warned",
    silentSince: isOver ? null : state.silentSince,
    runsUntil: isOver ? null : state.runsUntil,
    idleAt: isRunning ? idleAt(state, policy) : null,
    idledAt: state.phase === "idle" ? state.idledAt : null,
    nextAt: next?.at ?? null,
    nextKind: next?.kind ?? null,
    endedAt: isOver ? state.endedAt : null,
    endReason: isOver ? state.reason : null,
  };
}

/** @returns the rows as they now are, in the same order */
export async function writeClocks(tx: Tx, changes: readonly ClockChange[]): Promise<SessionRow[]> {
  const written = changes.map(({ row, columns }) => ({ id: row.id, ...columns }));
  await tx`
      UPDATE sessions SET state = x.state, awaiting = coalesce(x.awaiting, sessions.awaiting), warned = x.warned,
        rev = x.rev, silent_since = coalesce(to_timestamp(x."silentSince" / 1000), silent_since),
        runs_until = to_timestamp(x."runsUntil" / 1000), idle_at = to_timestamp(x."idleAt" / 1000),
        idled_at = coalesce(to_timestamp(x."idledAt" / 1000), idled_at),
        next_deadline_at = to_timestamp(x."nextAt" / 1000), deadline_kind = x."nextKind",
        ended_at = to_timestamp(x."endedAt" / 1000), end_reason = x."endReason",
        last_activity_at = coalesce(to_timestamp(x."activeAt" / 1000), last_activity_at),
        queued_at = CASE WHEN x.state = 'ended' THEN NULL ELSE queued_at END
      FROM jsonb_to_recordset(${json(written)}::jsonb) AS x (id text, rev integer, state text, awaiting text,
        warned boolean, "silentSince" float8, "runsUntil" float8, "idleAt" float8, "idledAt" float8, "nextAt" float8,
        "nextKind" text, "endedAt" float8, "endReason" text, "activeAt" float8)
      WHERE sessions.id = x.id`;
  return changes.map(after);
}

/** As it has just been written: reading it back would cost as much as the writing. */
function after({ row, columns }: ClockChange): SessionRow {
  return {
    ...row,
    state: columns.state,
    awaiting: columns.awaiting ?? row.awaiting,
    warned: columns.warned,
    rev: columns.rev,
    silent_since: iso(columns.silentSince) ?? row.silent_since,
    runs_until: iso(columns.runsUntil),
    idled_at: iso(columns.idledAt) ?? row.idled_at,
    next_deadline_at: iso(columns.nextAt),
    ended_at: iso(columns.endedAt),
    end_reason: columns.endReason,
    last_activity_at: iso(columns.activeAt) ?? row.last_activity_at,
    queued_at: columns.state === "ended" ? null : row.queued_at,
  };
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** A session's row as the database says it in JSON, and what of it goes on the wire. PURE. */
import type { Session } from "@baton/shared/visitor/shapes";
import { isoTime } from "../transcript/messageRow.ts";
import type { SessionState } from "./sessionState.ts";

export type SessionRow = {
  id: string;
  site: string;
  user_id: string;
  thread_id: string;
  state: Session["state"];
  awaiting: "us" | "visitor";
  warned: boolean;
  silent_since: string;
  /** Null once it has ended. */
  runs_until: string | null;
  idled_at: string | null;
  next_deadline_at: string | null;
  mode: Session["mode"];
  queued_at: string | null;
  agent_id: string | null;
  agent_name: string | null;
  epoch: number;
  rev: number;
  last_seq: number;
  answered_seq: number;
  opened_at: string;
  last_activity_at: string;
  ended_at: string | null;
  end_reason: Session["endReason"] | null;
  resumed_from: string | null;
  context: Record<string, unknown>;
  context_version: number;
};

export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    state: row.state,
    openedAt: isoTime(row.opened_at),
    lastActivityAt: isoTime(row.last_activity_at),
    ...(row.ended_at !== null && { endedAt: isoTime(row.ended_at) }),
    ...(row.end_reason && { endReason: row.end_reason }),
    threadId: row.thread_id,
    mode: row.mode,
    ...(row.agent_id !== null && { agent: { id: row.agent_id, name: row.agent_name ?? row.agent_id } }),
    rev: row.rev,
    ...(row.resumed_from !== null && { resumedFrom: row.resumed_from }),
  };
}

/** The row's clock. */
export function toState(row: SessionRow): SessionState {
  if (row.state === "ended") {
    return { phase: "ended", endedAt: Date.parse(row.ended_at ?? ""), reason: row.end_reason ?? "timeout" };
  }
  const clocks = {
    awaiting: row.awaiting,
    silentSince: Date.parse(row.silent_since),
    runsUntil: Date.parse(row.runs_until ?? row.silent_since),
  };
  if (row.state === "idle") return { ...clocks, phase: "idle", idledAt: Date.parse(row.idled_at ?? "") };
  return { ...clocks, phase: row.warned ? "warned" : "open" };
}

/** A session's row as the database says it in JSON, and what of it goes on the wire. PURE. */
import type { Deadlines, Session } from "@baton/shared/visitor/shapes";
import { isoTime } from "../transcript/messageRow.ts";

export type SessionRow = {
  id: string;
  site: string;
  user_id: string;
  thread_id: string;
  state: Session["state"];
  awaiting: "us" | "visitor";
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

/** No clock runs yet: deadlines come with the session's states. */
export const NO_DEADLINES: Deadlines = { warnAt: null, idleAt: null, endAt: null };

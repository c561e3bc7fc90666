/** From the rows of a user's sessions to what the wire says about coming back. PURE. Called by sessionService.ts. */
import type { Resumption } from "@baton/shared/visitor/shapes";
import { isoTime } from "../transcript/messageRow.ts";
import { decideResumption } from "./resumption.ts";
import type { LastSession, ResumptionDecision, ResumptionInput } from "./resumptionInput.ts";
import type { SessionRow } from "./sessionRow.ts";

export type Found = Pick<ResumptionInput, "now" | "policy" | "user"> &
  Partial<Pick<ResumptionInput, "texts" | "trigger" | "memory">> & {
    /** Open or idle. */
    current: SessionRow | null;
    /** The last one that ended. */
    previous: SessionRow | null;
  };

export function resumptionOf(found: Found): Resumption {
  const { kind, gapMs, greeting, suggestions, told } = decideResumption(inputOf(found));
  const previous = kind === "none" || found.current ? null : found.previous;
  return {
    kind,
    ...(gapMs !== undefined && { gapMs }),
    ...(greeting !== undefined && { greeting }),
    ...(suggestions && { suggestions: [...suggestions] }),
    ...(previous?.ended_at && { previous: previousOf(previous.id, previous.ended_at, told) }),
  };
}

function previousOf(
  sessionId: string,
  endedAt: string,
  told: ResumptionDecision["told"],
): NonNullable<Resumption["previous"]> {
  const { openQuestions = [], ...rest } = told ?? {};
  return { sessionId, endedAt: isoTime(endedAt), ...rest, unresolved: [...openQuestions] };
}

/** Topic, summary, open questions, flow and operations have no source before there is a memory. */
function inputOf({ current, previous, now, policy, user, ...given }: Found): ResumptionInput {
  const row = current ?? previous;
  return {
    now,
    policy,
    user,
    ...(row && { last: lastOf(row) }),
    pendingOperations: [],
    openQuestions: [],
    memory: given.memory ?? true,
    trigger: given.trigger ?? { kind: "connected" },
    texts: given.texts ?? {},
  };
}

function lastOf(row: SessionRow): LastSession {
  return {
    id: row.id,
    threadId: row.thread_id,
    state: row.state,
    lastActivityAt: Date.parse(row.last_activity_at),
    ...(row.ended_at !== null && { endedAt: Date.parse(row.ended_at) }),
    ...(row.end_reason && { endReason: row.end_reason }),
    mode: row.mode,
    ...(row.agent_id !== null && { agentId: row.agent_id }),
    // Silence settles nothing; whoever closed or resolved it has said that it is done.
    unresolved: row.end_reason === null || row.end_reason === undefined || row.end_reason === "timeout",
  };
}

/** How far a session was known to be, and when. PURE. Called by the checks of replay and of healing. */
import type { History, HistoryEvent } from "../events.ts";

export type Reached = { readonly t: number; readonly rev: number; readonly event: HistoryEvent };

/** The session's revision that an event tells of. */
export function headIn(event: HistoryEvent): { sessionId: string; rev: number } | undefined {
  switch (event.kind) {
    case "ok":
    case "delivery":
      return event.message;
    case "sync":
    case "change":
      return event;
    case "snapshot":
      return event.sessionId === null ? undefined : { sessionId: event.sessionId, rev: event.rev };
    default:
      return undefined;
  }
}

/** Of each session, rising: by whom and when each new head was first heard of. */
export function headsOver(history: History): Map<string, Reached[]> {
  const heads = new Map<string, Reached[]>();
  for (const event of history) {
    const at = headIn(event);
    if (!at) continue;
    const reached = heads.get(at.sessionId) ?? [];
    heads.set(at.sessionId, reached);
    if (at.rev > (reached.at(-1)?.rev ?? -1)) reached.push({ t: event.t, rev: at.rev, event });
  }
  return heads;
}

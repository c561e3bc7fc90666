/**
 * How far one connection's page knows: what it was given whole, and what it heard after that without a hole. PURE. Called by the
 * check of healing.
 */
import type { ConnectionEvent } from "./evidence.ts";
import { headIn } from "./heads.ts";

export type ViewAt = {
  readonly t: number;
  readonly sessionId: string | null;
  /** Everything up to here is known. */
  readonly rev: number;
  readonly event: ConnectionEvent;
};
/** It heard of a rev and not of the one before. `until`: it was closed, or the connection or the history ended. */
export type Gap = {
  readonly since: number;
  readonly until: number;
  readonly missing: number;
  readonly event: ConnectionEvent;
};

type View = { sessionId: string | null; rev: number; readonly ahead: Set<number>; gap: Omit<Gap, "until"> | undefined };

/** @param openedAt of a session: an older one never takes the place of a newer */
export function followView(events: readonly ConnectionEvent[], openedAt: (sessionId: string) => number) {
  const view: View = { sessionId: null, rev: 0, ahead: new Set(), gap: undefined };
  const steps: ViewAt[] = [];
  const gaps: Gap[] = [];
  let isOpen = false;
  for (const event of events) {
    if (event.kind === "snapshot") isOpen = true;
    const hadGap = view.gap;
    take(view, event, openedAt);
    if (hadGap && view.gap !== hadGap) gaps.push({ ...hadGap, until: event.t });
    const { sessionId, rev } = view;
    const last = steps.at(-1);
    if (isOpen && (last?.rev !== rev || last.sessionId !== sessionId))
      steps.push({ t: event.t, sessionId, rev, event });
  }
  const end = events.findLast(({ kind }) => kind === "closed") ?? events.at(-1);
  if (view.gap && end) gaps.push({ ...view.gap, until: end.t });
  return { steps, gaps };
}

function take(view: View, event: ConnectionEvent, openedAt: (sessionId: string) => number): void {
  const at = headIn(event);
  if (event.kind === "snapshot") begin(view, event.sessionId, event.rev);
  else if (at && at.sessionId === view.sessionId) {
    if (event.kind === "sync") begin(view, at.sessionId, Math.max(view.rev, at.rev));
    else hear(view, at.rev, event);
  } else if (at && isNewer(at.sessionId, view.sessionId, openedAt)) {
    begin(view, at.sessionId, event.kind === "sync" ? at.rev : 0);
    hear(view, at.rev, event);
  }
}

function isNewer(sessionId: string, than: string | null, openedAt: (sessionId: string) => number): boolean {
  return than === null || openedAt(sessionId) > openedAt(than);
}

/** Known as a whole up to `rev`; what was heard beyond it still counts. */
function begin(view: View, sessionId: string | null, rev: number): void {
  if (view.sessionId !== sessionId) view.ahead.clear();
  view.sessionId = sessionId;
  view.rev = rev;
  catchUp(view);
}

function hear(view: View, rev: number, event: ConnectionEvent): void {
  if (rev > view.rev) view.ahead.add(rev);
  catchUp(view);
  if (view.ahead.size > 0) view.gap ??= { since: event.t, missing: view.rev + 1, event };
}

function catchUp(view: View): void {
  while (view.ahead.delete(view.rev + 1)) view.rev += 1;
  for (const rev of view.ahead) if (rev <= view.rev) view.ahead.delete(rev);
  if (view.ahead.size === 0) view.gap = undefined;
}

/**
 * When faults have healed, everybody is soon where everything is, and nothing waits to be sent: I11; and what a page sees to be
 * missing it fetches: I4. PURE. Called by checkHistory.
 */
import type { EventOf } from "../events.ts";
import { type ConnectionEvent, type Evidence, lastUpTo, type Send } from "./evidence.ts";
import { type Faults, faultsOf } from "./faults.ts";
import type { Finding } from "./finding.ts";
import { headsOver, type Reached } from "./heads.ts";
import { followView, type Gap, type ViewAt } from "./view.ts";

type Followed = {
  readonly from: number;
  /** When it closed, or its device left for good. */
  readonly goneAt: number;
  readonly steps: readonly ViewAt[];
  readonly gaps: readonly Gap[];
};

/** A moment by which all that was so `since` must be known and sent. */
type Checkpoint = { readonly since: number; readonly at: number };

export function checkHealing(evidence: Evidence): Finding[] {
  const faults = faultsOf(evidence.history);
  const opened = (sessionId: string) => evidence.sessionById.get(sessionId)?.openedAt ?? Number.POSITIVE_INFINITY;
  const views = [...evidence.byConnection.values()].map(
    (events): Followed => ({ from: events[0]?.t ?? 0, goneAt: goneAt(events), ...followView(events, opened) }),
  );
  const heads = headsOver(evidence.history);
  // Only who lasts that long can be late: of a million words a few.
  const slow = evidence.sends.filter(
    (send) => endOf(send) - (send.calls[0]?.invoke.t ?? 0) > evidence.limits.healWithinMs,
  );
  const quits = quitsOf(evidence);
  return [
    ...faults.unhealed.map(neverHealed),
    ...views.flatMap(({ gaps }) => openGaps(evidence, faults, gaps)),
    ...checkpointsOf(evidence, faults).flatMap((checkpoint) => [
      ...slow.flatMap((send) => (isPending(send, checkpoint, quits) ? [waits(send, "30 s after all had healed")] : [])),
      ...views.flatMap((view) => behindAt(view, heads, checkpoint)),
    ]),
    ...(faults.unhealed.length > 0
      ? []
      : [...atTheEnd(evidence, quits), ...views.flatMap((view) => behindAtEnd(evidence, view, heads))]),
  ];
}

/** A run that ends amid a fault says nothing about its healing, and must not look as if it did. */
function neverHealed(fault: EventOf<"fault">): Finding {
  const words = `${fault.name} was never healed: nothing can be said of the end`;
  return { kind: "malformed", invariant: "I11", witness: [fault], words };
}

function openGaps({ limits }: Evidence, faults: Faults, gaps: readonly Gap[]): Finding[] {
  return gaps.flatMap(({ since, until, event, missing }): Finding[] => {
    const isLong = until - since > limits.healWithinMs;
    if (!isLong || faults.wasBroken(since, since + limits.healWithinMs)) return [];
    const words = `${event.connection} saw that rev ${missing} was missing and stayed without it`;
    return [{ kind: "gap", invariant: "I4", witness: [event], words }];
  });
}

function checkpointsOf({ history, limits }: Evidence, faults: Faults): Checkpoint[] {
  const end = history.at(-1)?.t ?? 0;
  return faults.heals.flatMap((since) => {
    const at = since + limits.healWithinMs;
    // A fault that ends at this very moment is the one that heals.
    return at <= end && !faults.wasBroken(since + Number.EPSILON * since, at) ? [{ since, at }] : [];
  });
}

function quitsOf({ history }: Evidence): Map<string, number> {
  const quits = new Map<string, number>();
  for (const event of history) if (event.kind === "quit") quits.set(`${event.user} ${event.device}`, event.t);
  return quits;
}

/** Until it is acknowledged, refused for good or given back, a word is somebody's to send again. */
function endOf({ calls, isReturned }: Send): number {
  const ends = calls.flatMap(({ ending }) =>
    ending?.kind === "ok" || (ending?.kind === "refused" && !ending.retryable) ? [ending.t] : [],
  );
  return isReturned ? Number.NEGATIVE_INFINITY : Math.min(...ends, Number.POSITIVE_INFINITY);
}

function isPending(send: Send, { since, at }: Checkpoint, quits: ReadonlyMap<string, number>): boolean {
  const invoke = send.calls[0]?.invoke;
  if (!invoke || invoke.t > since || endOf(send) <= at) return false;
  return (quits.get(`${invoke.user} ${invoke.device}`) ?? Number.POSITIVE_INFINITY) > at;
}

function waits(send: Send, when: string): Finding {
  const last = send.calls.at(-1);
  const witness = [last?.invoke, last?.ending].filter(
    (event): event is NonNullable<typeof event> => event !== undefined,
  );
  return { kind: "outbox not empty", invariant: "I11", witness, words: `${send.clientId} still waits ${when}` };
}

function atTheEnd({ sends, history }: Evidence, quits: ReadonlyMap<string, number>): Finding[] {
  const at = history.at(-1)?.t ?? 0;
  return sends.flatMap((send) => (isPending(send, { since: at, at }, quits) ? [waits(send, "at the end")] : []));
}

function behindAt(
  view: Followed,
  heads: ReadonlyMap<string, readonly Reached[]>,
  { since, at }: Checkpoint,
): Finding[] {
  // Who came later got a Snapshot, who is gone by then sees nothing.
  if (view.from > since || view.goneAt <= at) return [];
  const step = view.steps[lastUpTo(view.steps, at, ({ t }) => t)];
  if (!step || step.sessionId === null) return [];
  const reached = heads.get(step.sessionId) ?? [];
  const head = reached[lastUpTo(reached, since, ({ t }) => t)];
  if (!head || step.rev >= head.rev) return [];
  const { sessionId, rev, event } = step;
  const words = `${event.connection} is at rev ${rev} of ${sessionId}, 30 s after all had healed at ${head.rev}`;
  return [{ kind: "behind", invariant: "I11", witness: [head.event, event], words }];
}

function goneAt(events: readonly ConnectionEvent[]): number {
  return events.find(({ kind }) => kind === "closed" || kind === "quit")?.t ?? Number.POSITIVE_INFINITY;
}

function behindAtEnd(
  { database, userOf, ownerNow }: Evidence,
  view: Followed,
  heads: ReadonlyMap<string, readonly Reached[]>,
): Finding[] {
  const last = view.steps.at(-1);
  // One that never opened sees nothing yet.
  if (!last || view.goneAt < Number.POSITIVE_INFINITY) return [];
  const { sessionId, rev, event } = last;
  const owner = userOf(event.connection);
  const sessions = database.sessions.filter(({ userId }) => ownerNow(userId) === owner);
  const current = sessions.find(({ state }) => state !== "ended") ?? sessions.find(({ id }) => id === sessionId);
  if (!current || (current.id === sessionId && rev >= current.rev)) return [];
  const words = `${event.connection} ends at rev ${rev} of ${sessionId}, the head is ${current.rev} of ${current.id}`;
  // Somebody may have heard of it, if only through the database nobody did.
  const head = heads.get(current.id)?.at(-1);
  const witness = head && head.event !== event && head.rev > rev ? [event, head.event] : [event];
  return [{ kind: "behind", invariant: "I11", witness, words }];
}

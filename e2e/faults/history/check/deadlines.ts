/**
 * Each deadline takes effect once, not before its time and not long after: I10. PURE. Called by checkHistory.
 *
 * A deadline of a session only ever moves later, so whatever was told at a lower rev bounds from below what came at a higher.
 */
import type { EventOf, HistoryEvent } from "../events.ts";
import type { SessionRow } from "../finalDatabase.ts";
import { type Evidence, grouped, lastNaming } from "./evidence.ts";
import { type Faults, faultsOf } from "./faults.ts";
import type { Finding } from "./finding.ts";

type Fired = EventOf<"warned"> | EventOf<"idled"> | EventOf<"ended">;
type Timed = Fired | EventOf<"deadlines">;
/** Of one session. */
type Course = {
  readonly sessionId: string;
  readonly fired: readonly Fired[];
  readonly told: readonly EventOf<"deadlines">[];
};

export function checkDeadlines(evidence: Evidence): Finding[] {
  const { history, database } = evidence;
  const timed = history.filter(isTimed);
  const courses = [...grouped(timed, ({ sessionId }) => sessionId)].map(([sessionId, all]) => toCourse(sessionId, all));
  const faults = faultsOf(history);
  return [
    ...database.sessions.flatMap((row) => never(row, evidence)),
    ...courses.flatMap((course) => [
      ...firedTwice(course),
      ...course.fired.flatMap((event) => [...early(evidence, course, event), ...late(evidence, event)]),
      ...unwarned(course, faults),
      ...course.fired.flatMap((event) => (event.kind === "idled" ? unheard(evidence, event, faults) : [])),
    ]),
  ];
}

function isTimed(event: HistoryEvent): event is Timed {
  return event.kind === "warned" || event.kind === "idled" || event.kind === "ended" || event.kind === "deadlines";
}

function toCourse(sessionId: string, all: readonly Timed[]): Course {
  const fired = all.filter((event) => event.kind !== "deadlines");
  return { sessionId, fired, told: all.filter((event) => event.kind === "deadlines") };
}

function never(
  { id, state, nextDeadlineAt, deadlineKind }: SessionRow,
  { history, database: { now }, limits }: Evidence,
): Finding[] {
  if (state === "ended" || (nextDeadlineAt !== null && nextDeadlineAt + limits.deadlineLateMs >= now)) return [];
  const due =
    nextDeadlineAt === null
      ? "nothing will ever end it"
      : `its ${deadlineKind} is due since ${now - nextDeadlineAt} ms`;
  const witness = lastNaming(history, id);
  return [{ kind: "deadline missing", invariant: "I10", witness, words: `${id} is ${state}, and ${due}` }];
}

function firedTwice({ sessionId, fired }: Course): Finding[] {
  const findings: Finding[] = [];
  const heard = new Map<string, Fired>();
  const effects = new Map<string, Fired>();
  for (const event of fired) {
    const again = heard.get(`${event.connection} ${nameOf(event)}`) ?? otherEffect(effects, event);
    if (again) {
      const words = `${event.kind} of ${sessionId} took effect twice`;
      findings.push({ kind: "deadline extra", invariant: "I10", witness: [again, event], words });
    }
    heard.set(`${event.connection} ${nameOf(event)}`, event);
    effects.set(momentOf(event), event);
  }
  return findings;
}

/** The same news to another connection has the same name. */
function nameOf(event: Fired): string {
  return event.kind === "warned" ? `warned ${event.closesAt}` : `${event.kind} ${event.rev}`;
}

/** What there can be but one of: one idle of a silence, one end of a session. */
function momentOf(event: Fired): string {
  return event.kind === "ended" ? "ended" : event.kind === "idled" ? `idled ${event.at}` : nameOf(event);
}

function otherEffect(effects: ReadonlyMap<string, Fired>, event: Fired): Fired | undefined {
  const before = effects.get(momentOf(event));
  if (before) return nameOf(before) === nameOf(event) ? undefined : before;
  // What is over warns and idles no more.
  const ended = effects.get("ended");
  const isAfter = ended?.kind === "ended" && event.kind === "idled" && event.rev > ended.rev;
  if (isAfter) return ended;
  // To idle again it must have been reopened, which takes a rev.
  if (event.kind !== "idled") return undefined;
  return [...effects.values()].find((other) => other.kind === "idled" && Math.abs(other.rev - event.rev) === 1);
}

function early(evidence: Evidence, { told }: Course, event: Fired): Finding[] {
  const { policy } = evidence.database;
  if (event.kind === "warned") {
    if (!policy || event.remainingMs <= policy.warnBeforeMs) return [];
    const words = `${event.sessionId} was warned ${event.remainingMs} ms ahead instead of ${policy.warnBeforeMs}`;
    return [{ kind: "deadline early", invariant: "I10", witness: [event], words }];
  }
  const isByTime = event.kind === "idled" || event.reason === "timeout";
  const before = told.find((one) => {
    const due = event.kind === "idled" ? one.idleAt : one.endAt;
    return isByTime && one.rev !== undefined && one.rev < event.rev && due !== null && due > event.at;
  });
  const isHasty = (event.lateMs ?? 0) < 0 || (event.kind === "idled" && isBeforeSilence(evidence, event));
  if (!before && !isHasty) return [];
  const words = `${event.sessionId} ${event.kind} at ${event.at}, before its time`;
  return [{ kind: "deadline early", invariant: "I10", witness: before ? [before, event] : [event], words }];
}

/** After each word of the visitor's there is at least the whole silence, but for the longest duration. */
function isBeforeSilence(
  { database, sessionById, rowsOfSession }: Evidence,
  { sessionId, rev, at }: EventOf<"idled">,
): boolean {
  const { policy } = database;
  const session = sessionById.get(sessionId);
  if (!policy || !session || at >= session.openedAt + policy.maxDurationMs) return false;
  const rows = rowsOfSession.get(sessionId) ?? [];
  return rows.some((row) => row.author === "visitor" && row.rev < rev && at < row.at + policy.softExpiryMs);
}

function late({ database, limits }: Evidence, event: Fired): Finding[] {
  const { policy } = database;
  const lateMs = event.kind !== "warned" ? event.lateMs : policy && policy.warnBeforeMs - event.remainingMs;
  if (lateMs === undefined || lateMs <= limits.deadlineLateMs) return [];
  const words = `${event.sessionId} ${event.kind} ${lateMs} ms late`;
  return [{ kind: "deadline late", invariant: "I10", witness: [event], words }];
}

/**
 * Whoever was told in time that a warning would come, stayed connected, and heard the idle that it would have come before,
 * must have heard it. A node that dies may be so late that there is nothing left to warn of.
 */
function unwarned({ sessionId, fired, told }: Course, faults: Faults): Finding[] {
  const warnedOf = new Set(fired.flatMap((event) => (event.kind === "warned" ? [event.closesAt] : [])));
  return fired.flatMap((idled): Finding[] => {
    if (idled.kind !== "idled" || warnedOf.has(idled.at)) return [];
    const promise = told.find(
      ({ connection, t, now, warnAt, idleAt }) =>
        connection === idled.connection &&
        t < idled.t &&
        idleAt === idled.at &&
        warnAt !== null &&
        now !== undefined &&
        now < warnAt,
    );
    if (!promise || faults.wasBroken(promise.t, idled.t)) return [];
    const words = `${sessionId} idled at ${idled.at} without the warning that was told`;
    return [{ kind: "deadline missing", invariant: "I10", witness: [promise, idled], words }];
  });
}

/**
 * Where policy and the server's clock are known no promise is needed: whoever was there from when the warning was due until
 * the session idled has heard it. What a node that dies has begun to tell may be lost.
 */
function unheard({ database, limits, byConnection, sessionById }: Evidence, idled: EventOf<"idled">, faults: Faults) {
  const { policy } = database;
  const session = sessionById.get(idled.sessionId);
  if (!policy || !session || idled.lateMs === undefined || idled.at >= session.openedAt + policy.maxDurationMs)
    return [];
  const dueAt = idled.t - idled.lateMs - policy.warnBeforeMs;
  const own = byConnection.get(idled.connection) ?? [];
  const shown = own.find(({ kind }) => kind === "snapshot");
  const wasWarned = own.some((event) => event.kind === "warned" && event.closesAt === idled.at);
  const isExcused = !shown || shown.t >= dueAt || faults.wasBroken(dueAt, dueAt + limits.deadlineLateMs);
  if (wasWarned || isExcused) return [];
  const words = `${idled.connection} was there when a warning of ${idled.sessionId} was due, and did not hear it`;
  return [{ kind: "deadline missing", invariant: "I10", witness: [shown, idled], words } satisfies Finding];
}

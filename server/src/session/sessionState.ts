/**
 * The life of a session: (state, event, now, policy) -> state and what happened. PURE. The table is complete by type: a
 * cell that is missing does not compile. Rules: docs/sessions.md.
 *
 * S1 an ended session never changes. S2 nothing is warned of or idled for silence while the answer is ours.
 * S3 only a word, a keepalive or a resume reopens what is idle. S4 a warning comes once for each silence.
 */
import type { Session } from "@baton/shared/visitor/shapes";
import { type ClockPolicy, idleAt, nextDeadline } from "./deadlines.ts";

export type EndReason = NonNullable<Session["endReason"]>;
export type Awaiting = "us" | "visitor";

/** Times are milliseconds of the epoch, by the database's clock. */
type Clocks = {
  /** Who owes the next word. */
  readonly awaiting: Awaiting;
  /** Since when silence counts, while it is the visitor's turn. */
  readonly silentSince: number;
  /** Since its opening or last resume it runs so long, whoever speaks. */
  readonly runsUntil: number;
};
export type Running = Clocks & { readonly phase: "open" | "warned" };
export type Idle = Clocks & { readonly phase: "idle"; readonly idledAt: number };
export type Ended = { readonly phase: "ended"; readonly endedAt: number; readonly reason: EndReason };
export type SessionState = Running | Idle | Ended;

export type SessionEvent =
  /** The visitor wrote a message: the answer is ours now. */
  | { readonly kind: "said" }
  /** «I'm still here», or «continue». */
  | { readonly kind: "stayed" }
  /** Typing, a draft, an edit, a takeover: somebody is there, which alone reopens nothing. */
  | { readonly kind: "touched" }
  /** Our word was the last, or none will come. */
  | { readonly kind: "answered" }
  /** A word of ours is owed without one of the visitor's: a person was called. */
  | { readonly kind: "owed" }
  /** Time went by. */
  | { readonly kind: "due" }
  | { readonly kind: "closed"; readonly reason: EndReason };

/** What happened, as people and other rooms may want to know it. */
export type Effect =
  | { readonly kind: "warned"; readonly closesAt: number }
  /** A warning is over: somebody was there. */
  | { readonly kind: "active" }
  | { readonly kind: "idled"; readonly at: number }
  | { readonly kind: "reopened" }
  | { readonly kind: "ended"; readonly at: number; readonly reason: EndReason };

export type Step = { readonly state: SessionState; readonly effects: readonly Effect[] };

type Cell<S extends SessionState, K extends SessionEvent["kind"]> = (
  state: S,
  event: Extract<SessionEvent, { kind: K }>,
  given: { now: number; policy: ClockPolicy },
) => Step;
type Row<S extends SessionState> = { readonly [K in SessionEvent["kind"]]: Cell<S, K> };

const same = (state: SessionState): Step => ({ state, effects: [] });
const closed = (_state: SessionState, { reason }: { reason: EndReason }, { now }: { now: number }) =>
  endedAt(now, reason);

const open: Row<Running> = {
  said: (state, _event, { now }) => heard(state, { awaiting: "us", silentSince: now }),
  stayed: (state, _event, { now }) => heard(state, { silentSince: now }),
  touched: (state, _event, { now }) => heard(state, { silentSince: now }),
  answered: (state, _event, { now }) => heard(state, { awaiting: "visitor", silentSince: now }),
  owed: (state) => heard(state, { awaiting: "us" }),
  due: (state, _event, { now, policy }) => {
    const next = nextDeadline(state, policy);
    if (!next || next.at > now) return same(state);
    const closesAt = idleAt(state, policy);
    // A warning that comes too late for anybody to heed is none.
    if (next.kind === "warn" && closesAt > now) {
      return { state: { ...state, phase: "warned" }, effects: [{ kind: "warned", closesAt }] };
    }
    return { state: { ...state, phase: "idle", idledAt: closesAt }, effects: [{ kind: "idled", at: closesAt }] };
  },
  closed,
};

const idle: Row<Idle> = {
  said: (state, _event, given) => reopened({ ...state, awaiting: "us" }, given),
  stayed: (state, _event, given) => reopened(state, given),
  touched: same,
  answered: (state) => same(state.awaiting === "visitor" ? state : { ...state, awaiting: "visitor" }),
  owed: (state) => same(state.awaiting === "us" ? state : { ...state, awaiting: "us" }),
  due: (state, _event, { now, policy }) => {
    const next = nextDeadline(state, policy);
    return next && next.at <= now ? endedAt(next.at, "timeout") : same(state);
  },
  closed,
};

const over: Row<Ended> = {
  said: same,
  stayed: same,
  touched: same,
  answered: same,
  owed: same,
  due: same,
  closed: same,
};

const table: { open: Row<Running>; warned: Row<Running>; idle: Row<Idle>; ended: Row<Ended> } = {
  open,
  warned: open,
  idle,
  ended: over,
};

/** What changes nothing answers the same object. @param now milliseconds of the epoch, the database's */
export function step(state: SessionState, event: SessionEvent, now: number, policy: ClockPolicy): Step {
  // Each phase's row takes its own phase's state, which the compiler cannot see through the look-up.
  const cell = table[state.phase][event.kind] as Cell<SessionState, SessionEvent["kind"]>;
  return cell(state, event, { now, policy });
}

/** Everything that has become due, one deadline after another, each at its own time. */
export function applyDue(state: SessionState, now: number, policy: ClockPolicy): Step {
  const effects: Effect[] = [];
  let current = state;
  for (;;) {
    const next = step(current, { kind: "due" }, now, policy);
    if (next.state === current) return { state: current, effects };
    effects.push(...next.effects);
    current = next.state;
  }
}

/** What is due, then what has just happened. What nobody could see between the two is not told. */
export function moveOn(state: SessionState, event: SessionEvent | undefined, now: number, policy: ClockPolicy): Step {
  const due = applyDue(state, now, policy);
  const then = event ? step(due.state, event, now, policy) : same(due.state);
  return { state: then.state, effects: seen(state, then.state, [...due.effects, ...then.effects]) };
}

function seen(before: SessionState, after: SessionState, effects: readonly Effect[]): readonly Effect[] {
  switch (after.phase) {
    case "warned":
      return effects.filter(({ kind }) => kind === "warned");
    case "idle":
      return effects.filter(({ kind }) => kind === "idled");
    case "ended":
      return effects.filter(({ kind }) => kind === "ended");
    case "open": {
      const back = effects.filter(({ kind }) => kind === "reopened");
      return before.phase === "warned" ? [...back, { kind: "active" }] : back;
    }
  }
}

/** How a session begins. While it waits for a person the next word is ours, else it is the visitor's. */
export function begun(mode: Session["mode"], now: number, policy: ClockPolicy): Running {
  const awaiting = mode === "queue" ? "us" : "visitor";
  return { phase: "open", awaiting, silentSince: now, runsUntil: now + policy.maxDurationMs };
}

function heard(state: Running, change: Partial<Clocks>): Step {
  const next = { ...state, ...change, phase: "open" } as const;
  if (state.phase === "warned") return { state: next, effects: [{ kind: "active" }] };
  const isSame = next.awaiting === state.awaiting && next.silentSince === state.silentSince;
  return same(isSame ? state : next);
}

function reopened(state: Idle, { now, policy }: { now: number; policy: ClockPolicy }): Step {
  const { awaiting } = state;
  const next = { phase: "open", awaiting, silentSince: now, runsUntil: now + policy.maxDurationMs } as const;
  return { state: next, effects: [{ kind: "reopened" }] };
}

function endedAt(at: number, reason: EndReason): Step {
  return { state: { phase: "ended", endedAt: at, reason }, effects: [{ kind: "ended", at, reason }] };
}

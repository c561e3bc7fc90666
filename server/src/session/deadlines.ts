/** When a session warns, idles and ends: computed here from its state and its site's policy, and by nothing else. PURE. */
import type { Deadlines } from "@baton/shared/visitor/shapes";
import type { SitePolicy } from "../config/config.ts";
import type { Running, SessionState } from "./sessionState.ts";

export type ClockPolicy = Pick<SitePolicy, "softExpiryMs" | "warnBeforeMs" | "hardExpiryMs" | "maxDurationMs">;
export type DeadlineKind = "warn" | "idle" | "end";
/** Milliseconds of the epoch. */
export type Deadline = { readonly kind: DeadlineKind; readonly at: number };

/** When silence ends in idle; while the answer is owed by us only the longest duration runs. */
export function idleAt(state: Running, policy: ClockPolicy): number {
  if (state.awaiting === "us") return state.runsUntil;
  return Math.min(state.silentSince + policy.softExpiryMs, state.runsUntil);
}

/** The next thing that time does to this session; undefined when it has ended. */
export function nextDeadline(state: SessionState, policy: ClockPolicy): Deadline | undefined {
  switch (state.phase) {
    case "ended":
      return undefined;
    case "idle":
      return { kind: "end", at: endAtOf(state.idledAt, policy) };
    case "warned":
      return { kind: "idle", at: idleAt(state, policy) };
    case "open": {
      const warnAt = warnAtOf(state, policy);
      return warnAt === undefined ? { kind: "idle", at: idleAt(state, policy) } : { kind: "warn", at: warnAt };
    }
  }
}

/** What the widget is told: null where no clock runs. Of a session that is warned, `warnAt` has passed. */
export function deadlinesOf(state: SessionState, policy: ClockPolicy): Deadlines {
  if (state.phase === "ended") return NO_DEADLINES;
  if (state.phase === "idle") return { ...NO_DEADLINES, endAt: iso(endAtOf(state.idledAt, policy)) };
  if (state.awaiting === "us") return NO_DEADLINES;
  const idle = idleAt(state, policy);
  const warn = warnAtOf(state, policy);
  return { warnAt: warn === undefined ? null : iso(warn), idleAt: iso(idle), endAt: iso(endAtOf(idle, policy)) };
}

export const NO_DEADLINES: Deadlines = { warnAt: null, idleAt: null, endAt: null };

/**
 * Undefined where nothing is warned of: the answer is ours, or the longest duration comes first. That end no press puts
 * off, so a warning of it would promise what is not so, perhaps with less than its 20 s to go.
 */
function warnAtOf(state: Running, policy: ClockPolicy): number | undefined {
  const byItself = state.silentSince + policy.softExpiryMs;
  return state.awaiting === "us" || byItself > state.runsUntil ? undefined : byItself - policy.warnBeforeMs;
}

/** From the same moment as the soft expiry: an idle session always has an end. */
function endAtOf(idledAt: number, policy: ClockPolicy): number {
  return idledAt + policy.hardExpiryMs - policy.softExpiryMs;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

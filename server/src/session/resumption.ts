/** What coming back means: whether the session goes on, and what a new one knows of the last. PURE. */
import type { Policy, Resumption } from "@baton/shared/visitor/shapes";
import { isoTime } from "../transcript/messageRow.ts";
import type { SessionRow } from "./sessionRow.ts";

export type Found = {
  current: SessionRow | null;
  previous: SessionRow | null;
  now: number;
  policy: Pick<Policy, "primeWindowMs">;
};

/** Nothing personal is said here: a topic, a summary, open questions need an identity and a memory. */
export function decideResumption({ current, previous, now, policy }: Found): Resumption {
  if (current) return { kind: "restored", gapMs: gap(now, current.last_activity_at) };
  if (!previous?.ended_at) return { kind: "none" };
  const gapMs = gap(now, previous.ended_at);
  // A window of 0 means never, also in the very millisecond of the end.
  const kind = policy.primeWindowMs > 0 && gapMs <= policy.primeWindowMs ? "primed" : "fresh";
  return { kind, gapMs, previous: { sessionId: previous.id, endedAt: isoTime(previous.ended_at), unresolved: [] } };
}

/** A clock that was set back counts as no time at all. */
function gap(now: number, since: string): number {
  return Math.max(0, now - Date.parse(since));
}

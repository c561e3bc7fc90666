/** Which way a conversation goes on when its person is back: the table and its overrides. PURE. Called by resumption.ts. */
import { suggestions } from "./greetings.ts";
import type { LastSession, Reason, ResumptionDecision, ResumptionInput, Trigger } from "./resumptionInput.ts";

const DAY = 24 * 3_600_000;
/** So long a person's case waits for the visitor, whatever the site's windows say. */
export const AGENT_CASE_MS = 7 * DAY;

export type Course = Pick<ResumptionDecision, "kind" | "threadId" | "agentId"> & { readonly reason: Reason };
/** One question about `input`; undefined: it says nothing, the next one is asked. */
type Rule = (input: ResumptionInput, back: Back) => Course | undefined;
/** The last session as it counts, for how long it was left, and what its person wants. */
export type Back = {
  readonly last: LastSession;
  readonly gapMs: number;
  readonly clockSetBack: boolean;
  readonly wish: Trigger;
};

/** In the order in which they override each other; the last one always answers. */
const OVERRIDES: readonly Rule[] = [wantsNew, wantsThat, agentCase];

export function courseOf(input: ResumptionInput, back: Back): Course {
  for (const rule of OVERRIDES) {
    const course = rule(input, back);
    if (course) return course;
  }
  return byTheGap(input, back);
}

/** @returns undefined for somebody new, or whose past was erased */
export function backOf(input: ResumptionInput): Back | undefined {
  if (!input.last || input.last.endReason === "erased") return undefined;
  const last = asItCounts(input.last, input);
  const left = last.state === "ended" ? (last.endedAt ?? last.lastActivityAt) : last.lastActivityAt;
  // A clock that was set back counts as no time at all.
  const gapMs = Math.max(0, input.now - left);
  return { last, gapMs, clockSetBack: input.now < left, wish: wishOf(last, input) };
}

/** The end comes with the soft expiry: an idle session is one whose end is just being written. */
export function offersNothing({ softExpiryMs, hardExpiryMs }: ResumptionInput["policy"]): boolean {
  return hardExpiryMs <= softExpiryMs;
}

function asItCounts(last: LastSession, { policy }: ResumptionInput): LastSession {
  return last.state === "idle" && offersNothing(policy) ? { ...last, state: "ended" } : last;
}

/**
 * A pressed suggestion arrives as a message with its words. Only after an end: in a session that goes on «Something new» is
 * an answer like any other, and must not end it.
 */
function wishOf(last: LastSession, { trigger, texts }: ResumptionInput): Trigger {
  if (trigger.kind !== "message" || last.state !== "ended") return trigger;
  const [pickUp, somethingNew] = suggestions(texts);
  if (trigger.text.trim() === pickUp) return { kind: "continue" };
  return trigger.text.trim() === somethingNew ? { kind: "new" } : trigger;
}

function wantsNew(_input: ResumptionInput, { last, wish }: Back): Course | undefined {
  if (wish.kind === "new") return { kind: "fresh", reason: "said_new" };
  const wasReplaced = last.state === "ended" && last.endReason === "superseded";
  // «Start new» was pressed and nothing written yet: the choice still stands, unless they now ask for the old one.
  return wasReplaced && !asksForOld(wish) ? { kind: "fresh", reason: "chose_new_before" } : undefined;
}

function wantsThat(_input: ResumptionInput, { last, wish }: Back): Course | undefined {
  const kind = goesOnAs(last);
  if (wish.kind === "continue") return { kind, threadId: last.threadId, reason: "said_continue" };
  return wish.kind === "answer" ? { kind, threadId: wish.threadId, reason: "answered_old" } : undefined;
}

function agentCase(_input: ResumptionInput, { last, gapMs }: Back): Course | undefined {
  const { agentId, threadId, unresolved, state, mode } = last;
  if (state === "open" || mode !== "agent" || agentId === undefined) return undefined;
  if (!unresolved || gapMs > AGENT_CASE_MS) return undefined;
  return { kind: goesOnAs(last), threadId, agentId, reason: "agent_case" };
}

function byTheGap({ policy: { primeWindowMs } }: ResumptionInput, { last, gapMs, wish }: Back): Course {
  const { state, threadId } = last;
  if (state === "open") return { kind: "restored", threadId, reason: "still_open" };
  // Typing means continue.
  if (state === "idle" && wish.kind === "message") return { kind: "restored", threadId, reason: "wrote_while_idle" };
  if (state === "idle") return { kind: "offer", threadId, reason: "idle" };
  // A window of 0 means never, also in the very millisecond of the end.
  if (primeWindowMs === 0) return { kind: "fresh", reason: "window_off" };
  return gapMs <= primeWindowMs
    ? { kind: "primed", reason: "within_window" }
    : { kind: "fresh", reason: "beyond_window" };
}

/** An ended session never opens again: what goes on after it is a new one that knows it. */
function goesOnAs({ state }: LastSession): "restored" | "primed" {
  return state === "ended" ? "primed" : "restored";
}

function asksForOld({ kind }: Trigger): boolean {
  return kind === "continue" || kind === "answer";
}

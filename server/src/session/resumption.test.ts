import fc from "fast-check";
import { expect, test } from "vitest";
import { decideResumption } from "./resumption.ts";
import type { SessionRow } from "./sessionRow.ts";

const WINDOW = 14 * 24 * 3_600_000;
const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const at = (ms: number) => new Date(ms).toISOString();

function session(more: Partial<SessionRow>): SessionRow {
  return {
    id: "s",
    site: "demo",
    user_id: "ada",
    thread_id: "t",
    state: "open",
    awaiting: "visitor",
    mode: "bot",
    queued_at: null,
    agent_id: null,
    agent_name: null,
    epoch: 1,
    rev: 1,
    last_seq: 1,
    answered_seq: 0,
    opened_at: at(0),
    last_activity_at: at(0),
    ended_at: null,
    end_reason: null,
    resumed_from: null,
    context: {},
    context_version: 0,
    ...more,
  };
}

const left = (gapMs: number, primeWindowMs = WINDOW) =>
  decideResumption({
    current: null,
    previous: session({ id: "before", state: "ended", ended_at: at(NOW - gapMs) }),
    now: NOW,
    policy: { primeWindowMs },
  });

test.each([
  [0, "primed"],
  [1, "primed"],
  [WINDOW - 1, "primed"],
  [WINDOW, "primed"],
  [WINDOW + 1, "fresh"],
] as const)("someone back %i ms after the end begins %s", (gapMs, kind) => {
  expect(left(gapMs)).toEqual({
    kind,
    gapMs,
    previous: { sessionId: "before", endedAt: at(NOW - gapMs), unresolved: [] },
  });
});

test.each([-1, 0, 1])("where a site wants no memory of the last session, %i ms after it is fresh already", (gapMs) => {
  expect(left(gapMs, 0).kind).toBe("fresh");
});

test("a session that still runs is restored, whatever came before it", () => {
  const current = session({ last_activity_at: at(NOW - 5_000) });
  const previous = session({ id: "before", state: "ended", ended_at: at(NOW - 9_000) });
  const policy = { primeWindowMs: WINDOW };
  expect(decideResumption({ current, previous, now: NOW, policy })).toEqual({ kind: "restored", gapMs: 5_000 });
});

test("somebody new is not welcomed back", () => {
  const policy = { primeWindowMs: WINDOW };
  expect(decideResumption({ current: null, previous: null, now: NOW, policy })).toEqual({ kind: "none" });
});

test("a clock that was set back never makes a gap below nothing", () => {
  fc.assert(
    fc.property(fc.integer({ min: -WINDOW, max: 2 * WINDOW }), (gapMs) => {
      expect(left(gapMs).gapMs).toBe(Math.max(0, gapMs));
    }),
  );
});

test("longer away is never remembered better", () => {
  fc.assert(
    fc.property(fc.nat(2 * WINDOW), fc.nat(WINDOW), fc.nat(2 * WINDOW), (gapMs, more, window) => {
      if (left(gapMs, window).kind === "fresh") expect(left(gapMs + more, window).kind).toBe("fresh");
    }),
  );
});

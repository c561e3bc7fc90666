import { describe, expect, test } from "vitest";
import { type ClockPolicy, deadlinesOf, idleAt, NO_DEADLINES, nextDeadline } from "./deadlines.ts";
import type { Idle, Running } from "./sessionState.ts";

const policy: ClockPolicy = { softExpiryMs: 1_000, warnBeforeMs: 100, hardExpiryMs: 4_000, maxDurationMs: 10_000 };
const open: Running = { phase: "open", awaiting: "visitor", silentSince: 0, runsUntil: 10_000 };
const idle: Idle = { phase: "idle", awaiting: "visitor", silentSince: 0, runsUntil: 10_000, idledAt: 1_000 };
const iso = (at: number) => new Date(at).toISOString();

describe("while the next word is the visitor's", () => {
  test("silence is warned of, then ends in idle, then in the end, all counted from one moment", () => {
    expect(nextDeadline(open, policy)).toEqual({ kind: "warn", at: 900 });
    expect(nextDeadline({ ...open, phase: "warned" }, policy)).toEqual({ kind: "idle", at: 1_000 });
    expect(nextDeadline(idle, policy)).toEqual({ kind: "end", at: 4_000 });
    expect(deadlinesOf(open, policy)).toEqual({ warnAt: iso(900), idleAt: iso(1_000), endAt: iso(4_000) });
  });

  test("who is warned still sees since when: without it a client could not tell it from an end that no press puts off", () => {
    expect(deadlinesOf({ ...open, phase: "warned" }, policy)).toEqual({
      warnAt: iso(900),
      idleAt: iso(1_000),
      endAt: iso(4_000),
    });
  });

  test.each([
    { runsUntil: 1_001, warned: true, why: "the silence is over first" },
    { runsUntil: 1_000, warned: true, why: "both come together" },
    { runsUntil: 999, warned: false, why: "the longest duration comes first, which no press puts off" },
    { runsUntil: 901, warned: false, why: "the longest duration comes first, after the warning's own moment" },
  ])("a warning is given or not as somebody could heed it: $why", ({ runsUntil, warned }) => {
    const state = { ...open, runsUntil };
    expect(idleAt(state, policy)).toBe(Math.min(1_000, runsUntil));
    expect(nextDeadline(state, policy)).toEqual(
      warned ? { kind: "warn", at: 900 } : { kind: "idle", at: Math.min(1_000, runsUntil) },
    );
    expect(deadlinesOf(state, policy).warnAt).toBe(warned ? iso(900) : null);
  });
});

test("while the answer is ours only the longest duration runs, and nobody is told of a clock", () => {
  const state: Running = { ...open, awaiting: "us" };
  expect(nextDeadline(state, policy)).toEqual({ kind: "idle", at: 10_000 });
  expect(deadlinesOf(state, policy)).toEqual(NO_DEADLINES);
});

test("what idles has an end, whoever owes the next word", () => {
  for (const awaiting of ["us", "visitor"] as const) {
    expect(nextDeadline({ ...idle, awaiting }, policy)).toEqual({ kind: "end", at: 4_000 });
    expect(deadlinesOf({ ...idle, awaiting }, policy)).toEqual({ ...NO_DEADLINES, endAt: iso(4_000) });
  }
});

test("what has ended has no clock", () => {
  const ended = { phase: "ended", endedAt: 5, reason: "visitor" } as const;
  expect(nextDeadline(ended, policy)).toBeUndefined();
  expect(deadlinesOf(ended, policy)).toEqual(NO_DEADLINES);
});

test("with the strict preset idle and end are one moment", () => {
  const strict = { ...policy, hardExpiryMs: policy.softExpiryMs };
  expect(nextDeadline(idle, strict)).toEqual({ kind: "end", at: 1_000 });
  expect(deadlinesOf(open, strict)).toEqual({ warnAt: iso(900), idleAt: iso(1_000), endAt: iso(1_000) });
});

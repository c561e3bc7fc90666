import { describe, expect, test } from "vitest";
import type { ClockPolicy } from "./deadlines.ts";
import {
  applyDue,
  begun,
  type Effect,
  moveOn,
  type Running,
  type SessionEvent,
  type SessionState,
  step,
} from "./sessionState.ts";

const policy: ClockPolicy = { softExpiryMs: 1_000, warnBeforeMs: 100, hardExpiryMs: 4_000, maxDurationMs: 10_000 };
const NOW = 500;

const open: Running = { phase: "open", awaiting: "visitor", silentSince: 0, runsUntil: 10_000 };
const phases = {
  open,
  warned: { ...open, phase: "warned" },
  idle: { ...open, phase: "idle", idledAt: 400 },
  ended: { phase: "ended", endedAt: 300, reason: "timeout" },
} as const satisfies Record<string, SessionState>;

const events = {
  said: { kind: "said" },
  stayed: { kind: "stayed" },
  touched: { kind: "touched" },
  answered: { kind: "answered" },
  owed: { kind: "owed" },
  due: { kind: "due" },
  closed: { kind: "closed", reason: "visitor" },
} as const satisfies { [K in SessionEvent["kind"]]: Extract<SessionEvent, { kind: K }> };

type Expected = { state: object; effects: Effect["kind"][] } | "same";
const heard = { phase: "open", silentSince: NOW };
const reopened = { phase: "open", silentSince: NOW, runsUntil: NOW + 10_000 };
const closed: Expected = {
  state: { phase: "ended", endedAt: NOW, reason: "visitor" },
  effects: ["ended"],
};

/** Each cell once: a phase, an event, what becomes of it. */
const cells: Record<keyof typeof phases, Record<keyof typeof events, Expected>> = {
  open: {
    said: { state: { ...heard, awaiting: "us" }, effects: [] },
    stayed: { state: { ...heard, awaiting: "visitor" }, effects: [] },
    touched: { state: { ...heard, awaiting: "visitor" }, effects: [] },
    answered: { state: { ...heard, awaiting: "visitor" }, effects: [] },
    owed: { state: { phase: "open", silentSince: 0, awaiting: "us" }, effects: [] },
    due: "same",
    closed,
  },
  warned: {
    said: { state: { ...heard, awaiting: "us" }, effects: ["active"] },
    stayed: { state: { ...heard, awaiting: "visitor" }, effects: ["active"] },
    touched: { state: { ...heard, awaiting: "visitor" }, effects: ["active"] },
    answered: { state: { ...heard, awaiting: "visitor" }, effects: ["active"] },
    owed: { state: { phase: "open", silentSince: 0, awaiting: "us" }, effects: ["active"] },
    due: "same",
    closed,
  },
  idle: {
    said: { state: { ...reopened, awaiting: "us" }, effects: ["reopened"] },
    stayed: { state: { ...reopened, awaiting: "visitor" }, effects: ["reopened"] },
    touched: "same",
    answered: "same",
    owed: { state: { phase: "idle", awaiting: "us", idledAt: 400 }, effects: [] },
    due: "same",
    closed,
  },
  ended: {
    said: "same",
    stayed: "same",
    touched: "same",
    answered: "same",
    owed: "same",
    due: "same",
    closed: "same",
  },
};

describe.each(Object.keys(cells) as (keyof typeof phases)[])("in a session that is %s", (phase) => {
  test.each(Object.keys(events) as (keyof typeof events)[])("%s", (kind) => {
    const expected = cells[phase][kind];
    const { state, effects } = step(phases[phase], events[kind], NOW, policy);
    if (expected === "same") {
      expect(state).toBe(phases[phase]);
      expect(effects).toEqual([]);
    } else {
      expect(state).toMatchObject(expected.state);
      expect(effects.map((effect) => effect.kind)).toEqual(expected.effects);
    }
  });
});

test("idle keeps who owes the next word: an answer that came meanwhile makes it the visitor's", () => {
  const waiting: SessionState = { ...phases.idle, awaiting: "us" };
  expect(step(waiting, events.answered, NOW, policy).state).toEqual(phases.idle);
  expect(step(waiting, events.owed, NOW, policy).state).toBe(waiting);
  expect(step(waiting, events.stayed, NOW, policy).state).toMatchObject({ awaiting: "us", phase: "open" });
});

test("what was heard in this very millisecond changes nothing", () => {
  const now: SessionState = { ...open, silentSince: NOW };
  expect(step(now, events.touched, NOW, policy).state).toBe(now);
  expect(step({ ...now, awaiting: "us" }, events.owed, NOW, policy).effects).toEqual([]);
});

describe("at each border, 1 ms before and after it", () => {
  const phaseAt = (now: number, state: SessionState = open) => applyDue(state, now, policy);

  test.each([
    [899, "open", []],
    [900, "warned", ["warned"]],
    [999, "warned", ["warned"]],
    // Nobody could have heeded it: no warning.
    [1_000, "idle", ["idled"]],
    [3_999, "idle", ["idled"]],
    [4_000, "ended", ["idled", "ended"]],
    [60 * 86_400_000, "ended", ["idled", "ended"]],
  ] as const)("after %i ms of silence it is %s", (now, phase, effects) => {
    const reached = phaseAt(now);
    expect(reached.state.phase).toBe(phase);
    expect(reached.effects.map(({ kind }) => kind)).toEqual(effects);
  });

  test("each takes effect at its own time, however late it is looked at", () => {
    expect(phaseAt(99_999).state).toEqual({ phase: "ended", endedAt: 4_000, reason: "timeout" });
    expect(phaseAt(3_000).state).toMatchObject({ phase: "idle", idledAt: 1_000 });
  });

  test.each([
    [9_999, "open"],
    [10_000, "idle"],
    [12_999, "idle"],
    [13_000, "ended"],
  ] as const)("while the answer is ours, after %i ms it is %s, and nobody was warned", (now, phase) => {
    const reached = phaseAt(now, { ...open, awaiting: "us" });
    expect(reached.state.phase).toBe(phase);
    expect(reached.effects.map(({ kind }) => kind)).not.toContain("warned");
  });

  test("a long talk idles at its longest duration without a warning; resumed it runs as long again", () => {
    const talk: Running = { ...open, silentSince: 9_500 };
    expect(phaseAt(9_999, talk).state).toBe(talk);
    const { state, effects } = phaseAt(10_000, talk);
    expect(state).toMatchObject({ phase: "idle", idledAt: 10_000 });
    expect(effects.map(({ kind }) => kind)).toEqual(["idled"]);
    const back = step(state, events.stayed, 10_001, policy).state;
    expect(back).toMatchObject({ phase: "open", runsUntil: 20_001 });
    expect(applyDue(back, 10_002, policy).state).toBe(back);
  });

  test.each([
    ["said", 999, "open", ["active"]],
    ["said", 1_000, "open", ["reopened", "active"]],
    ["stayed", 1_000, "open", ["reopened", "active"]],
    ["touched", 999, "open", ["active"]],
    ["touched", 1_000, "idle", ["idled"]],
    ["said", 3_999, "open", ["reopened", "active"]],
    ["said", 4_000, "ended", ["ended"]],
    ["stayed", 4_000, "ended", ["ended"]],
    ["closed", 1_000, "ended", ["ended"]],
  ] as const)("%s at %i ms in a warned session that nobody looked at since: %s", (kind, now, phase, told) => {
    const { state, effects } = moveOn(phases.warned, events[kind], now, policy);
    expect(state.phase).toBe(phase);
    expect(effects.map((effect) => effect.kind)).toEqual(told);
  });

  test("a warning that is due and ended by the same word was never one", () => {
    expect(moveOn(open, events.said, 950, policy).effects).toEqual([]);
    expect(moveOn(open, events.closed, 950, policy).effects.map(({ kind }) => kind)).toEqual(["ended"]);
    expect(moveOn(open, undefined, 950, policy).effects).toEqual([{ kind: "warned", closesAt: 1_000 }]);
  });
});

test("a session begins with the visitor's word to come; one that waits for a person, with ours", () => {
  expect(begun("bot", NOW, policy)).toEqual({
    phase: "open",
    awaiting: "visitor",
    silentSince: NOW,
    runsUntil: NOW + 10_000,
  });
  expect(begun("queue", NOW, policy).awaiting).toBe("us");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClockPolicy, nextDeadline } from "./deadlines.ts";
import {
  applyDue,
  begun,
  type Effect,
  type Running,
  type SessionEvent,
  type SessionState,
  step,
} from "./sessionState.ts";

/** Small numbers, so that borders are met. Relations as config/policy.ts demands them. */
const policies: fc.Arbitrary<ClockPolicy> = fc
  .record({ warnBeforeMs: fc.integer({ min: 1, max: 20 }), a: fc.nat(30), b: fc.nat(60), c: fc.nat(100) })
  .map(({ warnBeforeMs, a, b, c }) => {
    const softExpiryMs = warnBeforeMs + 1 + a;
    return { warnBeforeMs, softExpiryMs, hardExpiryMs: softExpiryMs + b, maxDurationMs: softExpiryMs + c };
  });

const happenings: fc.Arbitrary<SessionEvent> = fc.oneof(
  ...(["said", "stayed", "touched", "answered", "owed", "due"] as const).map((kind) => fc.constant({ kind })),
  { weight: 1, arbitrary: fc.constant({ kind: "closed", reason: "visitor" } as const) },
);

/** To a border of the state, or a millisecond beside it; or by some time, or none. */
type Pace = { kind: "border"; off: -1 | 0 | 1 } | { kind: "by"; ms: number };
const paces: fc.Arbitrary<Pace> = fc.oneof(
  fc.record({ kind: fc.constant("border" as const), off: fc.constantFrom(-1, 0, 1) }),
  fc.record({ kind: fc.constant("by" as const), ms: fc.oneof(fc.nat(5), fc.nat(200)) }),
);

const walks = fc.record({
  policy: policies,
  mode: fc.constantFrom("bot" as const, "queue" as const),
  steps: fc.array(fc.record({ pace: paces, event: happenings, isLooked: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  }),
});

type Seen = {
  before: SessionState;
  after: SessionState;
  effects: readonly Effect[];
  event: SessionEvent;
  now: number;
  policy: ClockPolicy;
};

/** Demanded of every single step. */
function holds({ before, after, effects, event, now, policy }: Seen): void {
  const kinds = effects.map(({ kind }) => kind);
  // S1
  if (before.phase === "ended") expect(after).toBe(before);
  // S2
  if (before.phase !== "ended" && before.phase !== "idle" && before.awaiting === "us") {
    expect(kinds).not.toContain("warned");
    if (kinds.includes("idled")) expect(now).toBeGreaterThanOrEqual(before.runsUntil);
  }
  // S3
  if (before.phase === "idle" && (after.phase === "open" || after.phase === "warned")) {
    expect(["said", "stayed"]).toContain(event.kind);
  }
  if (isRunning(before) && isRunning(after)) expect(after.runsUntil).toBe(before.runsUntil);
  if (before.phase === "idle" && isRunning(after)) expect(after.runsUntil).toBe(now + policy.maxDurationMs);
  // S4, within one silence: the walk below counts over all of it.
  if (kinds.includes("warned")) expect(before.phase).toBe("open");
  if (effects.length > 0) expect(after).not.toBe(before);
  if (JSON.stringify(after) === JSON.stringify(before)) expect(after).toBe(before);
  if (after.phase === "idle") expect(nextDeadline(after, policy)).toMatchObject({ kind: "end" });
  if (after.phase === "ended") expect(nextDeadline(after, policy)).toBeUndefined();
  else expect(nextDeadline(after, policy)).toBeDefined();
}

const isRunning = (state: SessionState): state is Running => state.phase === "open" || state.phase === "warned";
const silenceOf = (state: SessionState) => (state.phase === "ended" ? undefined : state.silentSince);

test("10,000 random lives keep what is promised, after every step", () => {
  const seed = Number(process.env.BATON_SEED ?? Date.now() % 2 ** 31);
  console.info(`seed ${seed}: BATON_SEED=${seed} repeats this run`);
  fc.assert(
    fc.property(walks, ({ policy, mode, steps }) => {
      let now = 1_000;
      let state: SessionState = begun(mode, now, policy);
      let warnedFor: number | undefined;

      function take(event: SessionEvent): void {
        const { state: after, effects } = step(state, event, now, policy);
        holds({ before: state, after, effects, event, now, policy });
        if (effects.some(({ kind }) => kind === "warned")) {
          expect(warnedFor).not.toBe(silenceOf(state));
          warnedFor = silenceOf(state);
        }
        state = after;
      }

      for (const { pace, event, isLooked } of steps) {
        const border = nextDeadline(state, policy)?.at ?? now;
        now = Math.max(now, pace.kind === "border" ? border + pace.off : now + pace.ms);
        if (isLooked) {
          const due = applyDue(state, now, policy);
          for (let before: SessionState | undefined; before !== state; ) {
            before = state;
            take({ kind: "due" });
          }
          expect(state).toEqual(due.state);
          const next = nextDeadline(state, policy);
          if (next) expect(next.at).toBeGreaterThan(now);
          expect(applyDue(state, now, policy).state).toBe(state);
        }
        take(event);
      }
    }),
    { numRuns: 10_000, seed },
  );
});

test("however seldom somebody looks, a silence ends in the same state at the same times", () => {
  fc.assert(
    fc.property(policies, fc.array(fc.nat(100), { maxLength: 10 }), fc.nat(300), (policy, looks, at) => {
      const start = begun("bot", 0, policy);
      const often = looks.filter((ms) => ms <= at).toSorted((a, b) => a - b);
      const state = often.reduce<SessionState>((reached, now) => applyDue(reached, now, policy).state, start);
      expect(applyDue(state, at, policy).state).toEqual(applyDue(start, at, policy).state);
    }),
    { numRuns: 2_000 },
  );
});

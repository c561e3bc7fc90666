import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { DAY, decide, ended, given, NOW } from "./resumption.fixture.ts";
import { decideResumption } from "./resumption.ts";
import type { Trigger } from "./resumptionInput.ts";

describe("for whatever comes", () => {
  const SECRET = "§secret§";
  const lasts = fc.record({
    id: fc.string(),
    threadId: fc.string(),
    state: fc.constantFrom("open", "idle", "ended"),
    lastActivityAt: fc.integer({ min: NOW - 100 * DAY, max: NOW + DAY }),
    endedAt: fc.integer({ min: NOW - 100 * DAY, max: NOW + DAY }),
    endReason: fc.constantFrom(undefined, "timeout", "visitor", "resolved", "superseded", "erased"),
    mode: fc.constantFrom("bot", "queue", "agent"),
    agentId: fc.constant("ana"),
    unresolved: fc.boolean(),
  } as const);
  const triggers = fc.constantFrom<Trigger>(
    { kind: "connected" },
    { kind: "continue" },
    { kind: "new" },
    { kind: "message", text: "Pick it up" },
    { kind: "message", text: "hi" },
    { kind: "answer", sessionId: "old", threadId: "t0" },
  );
  const inputs = fc
    .record({
      last: fc.option(lasts, { nil: undefined }),
      trigger: triggers,
      policy: fc.constantFrom(...Object.values(PRESETS)),
      user: fc.constantFrom({ kind: "visitor", name: SECRET } as const, { kind: "identified", name: "Ada" } as const),
      memory: fc.boolean(),
      confidence: fc.double({ min: 0, max: 1 }),
      sensitive: fc.boolean(),
    })
    .map(({ last, confidence, sensitive, ...more }) =>
      given(last, {
        ...more,
        topic: { words: SECRET, confidence, sensitive },
        summary: SECRET,
        openQuestions: [SECRET],
        flow: SECRET,
        pendingOperations: [SECRET],
      }),
    );

  test("there is a decision with a reason", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const decision = decideResumption(input);
        expect(decision.reasons.length).toBeGreaterThan(0);
        expect(decision.gapMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(decision.kind === "none").toBe(!input.last || input.last.endReason === "erased");
        if (decision.greeting !== undefined) expect(decision.greeting).not.toBe("");
      }),
    );
  });

  test("a cookie alone never brings anything personal back, nor does a memory that is off", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        if (input.user.kind === "identified" && input.memory) return;
        const decision = decideResumption(input);
        expect(JSON.stringify(decision)).not.toContain(SECRET);
        expect(decision.load.filter((part) => part !== "messages")).toEqual([]);
      }),
    );
  });

  test("a longer absence is never remembered better", () => {
    const rank = { fresh: 0, primed: 1 } as Record<string, number>;
    fc.assert(
      fc.property(fc.nat(100 * DAY), fc.nat(100 * DAY), fc.nat(100 * DAY), (gapMs, more, primeWindowMs) => {
        const policy = { ...PRESETS.support, primeWindowMs };
        const [sooner, later] = [gapMs, gapMs + more].map((ms) => rank[decide(ended(ms), { policy }).kind]);
        expect(later).toBeLessThanOrEqual(sooner ?? -1);
      }),
    );
  });
});

import { describe, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { billing, DAY, decide, ended, HOUR, idle, ofAgent, open, WINDOW } from "./resumption.fixture.ts";
import { AGENT_CASE_MS } from "./resumptionCourse.ts";

describe("somebody who", () => {
  test("was never here is not welcomed back", () => {
    expect(decide(undefined)).toEqual({
      kind: "none",
      load: [],
      flow: "none",
      operations: "none",
      reasons: ["nobody_known"],
    });
  });

  test("had everything erased was never here", () => {
    expect(decide(ended(HOUR, { endReason: "erased" }))).toEqual(decide(undefined));
  });

  test("left a session open finds it as it was, a half-filled flow included, and is asked nothing", () => {
    expect(decide(open(5_000), { flow: "order", pendingOperations: ["refund"], topic: billing })).toMatchObject({
      kind: "restored",
      source: "last",
      gapMs: 5_000,
      threadId: "t1",
      load: ["messages"],
      flow: "goOn",
      operations: "goOn",
      reasons: ["still_open"],
    });
    expect(decide(open(5_000), { topic: billing })).not.toHaveProperty("greeting");
  });

  test("finds it idle is asked, and side effects that were pending are confirmed again", () => {
    const offer = decide(idle(HOUR), { flow: "order", pendingOperations: ["refund"], topic: billing });
    expect(offer).toMatchObject({
      kind: "offer",
      gapMs: HOUR,
      load: ["messages"],
      flow: "wait",
      operations: "confirm",
      greeting: expect.stringMatching(/Ada.*“billing”.*start new\?/),
      reasons: ["idle"],
    });
    // Pressing one would send it, and typing means continue: the widget has buttons.
    expect(offer).not.toHaveProperty("suggestions");
  });

  test("finds it ended begins a new one that knows it", () => {
    const more = { flow: "order", pendingOperations: ["refund"], openQuestions: ["Which card?"], summary: "A refund." };
    const primed = decide(ended(HOUR), { ...more, topic: billing });
    expect(primed).toMatchObject({
      kind: "primed",
      source: "last",
      gapMs: HOUR,
      load: ["summary", "facts", "questions"],
      flow: "drop",
      operations: "drop",
      greeting: expect.stringContaining("“billing”"),
      suggestions: ["Pick it up", "Something new"],
      told: { topic: "billing", summary: "A refund.", openQuestions: ["Which card?"] },
      reasons: ["within_window"],
    });
    expect(primed).not.toHaveProperty("threadId");
  });

  test("was away longer begins afresh: nothing is told, memory waits for the first message", () => {
    const fresh = decide(ended(WINDOW + 1), { topic: billing, openQuestions: ["Which card?"], flow: "order" });
    expect(fresh).toMatchObject({ kind: "fresh", load: ["recall"], flow: "drop", reasons: ["beyond_window"] });
    for (const key of ["greeting", "suggestions", "told", "threadId"]) expect(fresh).not.toHaveProperty(key);
  });
});

describe("borders", () => {
  test.each([
    [0, "primed"],
    [1, "primed"],
    [WINDOW - 1, "primed"],
    [WINDOW, "primed"],
    [WINDOW + 1, "fresh"],
  ] as const)("%i ms after the end it is %s", (gapMs, kind) => {
    expect(decide(ended(gapMs))).toMatchObject({ kind, gapMs });
  });

  test.each([-1, 0, 1])("with a window of 0, %i ms after the end is fresh already", (gapMs) => {
    const policy = { ...PRESETS.support, primeWindowMs: 0 };
    expect(decide(ended(gapMs), { policy })).toMatchObject({
      kind: "fresh",
      reasons: expect.arrayContaining(["window_off"]),
    });
  });

  test.each([
    [AGENT_CASE_MS - 1, "primed"],
    [AGENT_CASE_MS, "primed"],
    [AGENT_CASE_MS + 1, "fresh"],
  ] as const)("an agent's case left %i ms ago is %s where the window is shorter", (gapMs, kind) => {
    const policy = { ...PRESETS.support, primeWindowMs: HOUR };
    expect(decide(ended(gapMs, ofAgent), { policy }).kind).toBe(kind);
  });

  test.each([
    [0.699_999, undefined],
    [0.7, undefined],
    [0.700_001, "billing"],
    [Number.NaN, undefined],
  ])("a topic of confidence %d is told as %s", (confidence, told) => {
    const decision = decide(ended(HOUR), { topic: { ...billing, confidence } });
    expect(decision.told?.topic).toBe(told);
    expect(decision.greeting?.includes("billing")).toBe(told !== undefined);
    expect(decision.reasons.includes("topic_unsure")).toBe(told === undefined);
  });
});

describe("presets", () => {
  const { strict, concierge } = PRESETS;

  test("strict never offers: it ends with its soft expiry and is fresh at once", () => {
    expect(strict.hardExpiryMs).toBe(strict.softExpiryMs);
    for (const gapMs of [-1, 0, 1]) expect(decide(ended(gapMs), { policy: strict }).kind).toBe("fresh");
    expect(decide(idle(strict.softExpiryMs), { policy: strict })).toMatchObject({
      kind: "fresh",
      reasons: ["window_off", "offers_nothing"],
    });
    expect(decide(open(strict.softExpiryMs - 1), { policy: strict }).kind).toBe("restored");
  });

  test("concierge still knows somebody after 90 days", () => {
    const kinds = [89 * DAY, 90 * DAY, 90 * DAY + 1].map((gapMs) => decide(ended(gapMs), { policy: concierge }).kind);
    expect(kinds).toEqual(["primed", "primed", "fresh"]);
    expect(decide(idle(6 * DAY), { policy: concierge }).kind).toBe("offer");
  });
});

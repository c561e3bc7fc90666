import { describe, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { billing, DAY, decide, ended, HOUR, idle, ofAgent, open, visitor, WINDOW } from "./resumption.fixture.ts";
import type { Trigger } from "./resumptionInput.ts";

describe("overrides", () => {
  const said = (trigger: Trigger) => ({ trigger, topic: billing });
  const answer = { kind: "answer", sessionId: "old", threadId: "t0" } as const;

  test.each([
    ["visitor", { user: visitor }, "not_verified"],
    ["memory off", { memory: false }, "memory_off"],
  ] as const)("%s: a new session knows nothing, and its greeting is neutral", (_who, more, reason) => {
    const primed = decide(ended(HOUR), {
      ...more,
      topic: billing,
      summary: "A refund.",
      openQuestions: ["Which card?"],
    });
    expect(primed).toMatchObject({ kind: "primed", load: [], greeting: expect.not.stringContaining("billing") });
    expect(primed.reasons).toContain(reason);
    for (const key of ["told", "suggestions"]) expect(primed).not.toHaveProperty(key);
    expect(decide(ended(WINDOW + 1), more).load).toEqual([]);
  });

  test.each([open(1), idle(HOUR), ended(HOUR), ended(HOUR, ofAgent)])(
    "«start new» is fresh, whatever there is",
    (last) => {
      expect(decide(last, said({ kind: "new" }))).toMatchObject({
        kind: "fresh",
        load: ["recall"],
        reasons: ["said_new"],
      });
    },
  );

  test("«start new» still stands when they come back without having written", () => {
    const replaced = ended(HOUR, { ...ofAgent, endReason: "superseded" });
    expect(decide(replaced)).toMatchObject({ kind: "fresh", reasons: ["chose_new_before"] });
    expect(decide(replaced, said({ kind: "message", text: "hi" })).kind).toBe("fresh");
    expect(decide(replaced, said({ kind: "continue" }))).toMatchObject({ kind: "primed", threadId: "t1" });
  });

  test("«continue» takes that thread, however long ago", () => {
    expect(decide(idle(HOUR), said({ kind: "continue" }))).toMatchObject({
      kind: "restored",
      reasons: ["said_continue"],
    });
    expect(decide(ended(9 * WINDOW), said({ kind: "continue" }))).toMatchObject({
      kind: "primed",
      threadId: "t1",
      load: ["thread", "summary", "facts", "questions"],
    });
  });

  test("answering an old message takes its thread, in the session that goes on or in a new one", () => {
    const way = { source: "old", threadId: "t0", reasons: ["answered_old"] };
    expect(decide(open(1), said(answer))).toMatchObject({ kind: "restored", load: ["messages", "thread"], ...way });
    expect(decide(ended(9 * WINDOW), said(answer))).toMatchObject({ kind: "primed", ...way });
  });

  test("typing means continue; what was pending is still confirmed again", () => {
    const typed = decide(idle(HOUR), {
      ...said({ kind: "message", text: "hi" }),
      flow: "order",
      pendingOperations: ["refund"],
    });
    expect(typed).toMatchObject({
      kind: "restored",
      flow: "goOn",
      operations: "confirm",
      reasons: ["wrote_while_idle"],
    });
  });

  test("a pressed suggestion is what it says, but only after an end", () => {
    const press = (text: string) => said({ kind: "message", text });
    expect(decide(ended(HOUR), press("Pick it up"))).toMatchObject({ kind: "primed", threadId: "t1" });
    expect(decide(ended(HOUR), press("Something new")).kind).toBe("fresh");
    expect(decide(open(1), press("Something new")).kind).toBe("restored");
    const texts = { primedSuggestions: "Weiter|Neu" };
    expect(decide(ended(HOUR), { ...press(" Neu "), texts }).reasons).toEqual(["said_new"]);
  });

  test("an agent's unresolved case goes on without a question", () => {
    expect(decide(idle(HOUR, ofAgent))).toMatchObject({ kind: "restored", agentId: "ana", reasons: ["agent_case"] });
    const strict = decide(ended(DAY, ofAgent), { policy: PRESETS.strict });
    expect(strict).toMatchObject({ kind: "primed", threadId: "t1", agentId: "ana" });
  });

  test.each([{ unresolved: false }, { mode: "queue" }, { mode: "bot" }] as const)("%j is no agent's case", (more) => {
    expect(decide(idle(HOUR, { ...ofAgent, ...more })).kind).toBe("offer");
  });

  test("a clock that was set back counts as no time at all", () => {
    expect(decide(ended(-1))).toMatchObject({ kind: "primed", gapMs: 0, reasons: ["within_window", "clock_set_back"] });
    expect(decide(idle(-1))).toMatchObject({ kind: "offer", gapMs: 0 });
    expect(decide(ended(0)).reasons).toEqual(["within_window"]);
  });

  test("a sensitive matter never stands on the screen, but the bot knows it", () => {
    const decision = decide(ended(HOUR), { topic: { ...billing, sensitive: true }, summary: "A debt." });
    expect(decision).toMatchObject({
      load: ["summary", "facts", "questions"],
      greeting: expect.not.stringContaining("billing"),
    });
    expect(decision).not.toHaveProperty("told");
    expect(decision.reasons).toContain("topic_sensitive");
  });
});

import { Resumption } from "@baton/shared/visitor/shapes";
import { expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { type Found, resumptionOf } from "./resumptionRows.ts";
import type { SessionRow } from "./sessionRow.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const HOUR = 3_600_000;
const at = (ms: number) => new Date(ms).toISOString();

/** As much of a row as is read here: the rest grows with the clocks. */
function row(more: Partial<SessionRow>): SessionRow {
  const read = {
    id: "s",
    thread_id: "t",
    state: "open",
    mode: "bot",
    agent_id: null,
    end_reason: null,
    ended_at: null,
  };
  return { ...read, last_activity_at: at(NOW - HOUR), ...more } as SessionRow;
}
const before = (more: Partial<SessionRow> = {}) =>
  row({ id: "before", state: "ended", ended_at: at(NOW - HOUR), end_reason: "timeout", ...more });

function look(more: Partial<Found>) {
  const user = { kind: "identified" } as const;
  const told = resumptionOf({ current: null, previous: null, now: NOW, policy: PRESETS.support, user, ...more });
  expect(Resumption.parse(told)).toEqual(told);
  return told;
}

test("somebody new finds nothing", () => {
  expect(look({})).toEqual({ kind: "none" });
});

test("a session that still runs is restored, whatever came before it", () => {
  expect(look({ current: row({}), previous: before() })).toEqual({ kind: "restored", gapMs: HOUR });
});

test("an idle one is offered", () => {
  const offer = look({
    current: row({ state: "idle" }),
    previous: before(),
    user: { kind: "identified", name: "Ada" },
  });
  expect(offer).toEqual({ kind: "offer", gapMs: HOUR, greeting: expect.stringContaining("Ada") });
});

test("after an end the previous one is told, with the words of a site", () => {
  const texts = { primedGreeting: "Hello again.", primedSuggestions: "On|New" };
  expect(look({ previous: before(), texts })).toEqual({
    kind: "primed",
    gapMs: HOUR,
    greeting: "Hello again.",
    suggestions: ["On", "New"],
    previous: { sessionId: "before", endedAt: at(NOW - HOUR), unresolved: [] },
  });
});

test("an anonymous visitor's is neutral, and still says which session can be read", () => {
  const told = look({ previous: before(), user: { kind: "visitor" } });
  expect(told).toMatchObject({ kind: "primed", previous: { sessionId: "before", unresolved: [] } });
  expect(told).not.toHaveProperty("suggestions");
});

test("a fresh one still knows which session can be read", () => {
  const previous = before({ end_reason: "superseded" });
  expect(look({ previous })).toEqual({
    kind: "fresh",
    gapMs: HOUR,
    previous: { sessionId: "before", endedAt: at(NOW - HOUR), unresolved: [] },
  });
});

test.each([
  ["timeout", "primed"],
  ["visitor", "fresh"],
  ["resolved", "fresh"],
] as const)("an agent's case that ended by %s is %s", (end_reason, kind) => {
  const previous = before({ end_reason, mode: "agent", agent_id: "ana" });
  expect(look({ previous, policy: PRESETS.strict }).kind).toBe(kind);
});

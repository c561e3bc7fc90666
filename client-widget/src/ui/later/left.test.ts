import { expect, it } from "vitest";
import { leftMs, minutes, spoken } from "./left.ts";

it("counts against the server's clock and never below nothing", () => {
  expect(leftMs({ pausesAt: 100_000, skewMs: 40_000 }, 0)).toBe(60_000);
  expect(leftMs({ pausesAt: 100_000, skewMs: 0 }, 200_000)).toBe(0);
});

it("speaks of whole minutes, rounded up as people do", () => {
  expect(minutes(120_000)).toBe("2 minutes");
  expect(minutes(90_000)).toBe("2 minutes");
  expect(minutes(60_000)).toBe("1 minute");
});

it.each([
  [61_000, 60_000, "60 seconds", false],
  [30_400, 29_400, "30 seconds", true],
  [10_001, 9_999, "10 seconds", false],
  // A page whose timers run once a minute says where it is, not where it was.
  [70_000, 8_000, "10 seconds", false],
] as const)("says at %i to %i ms: %s", (before, after, words, urgent) => {
  expect(spoken(before, after)).toEqual({ words, urgent });
});

it("is silent between the marks, and at the first look", () => {
  expect(spoken(59_000, 58_000)).toBeNull();
  expect(spoken(Number.NaN, 45_000)).toBeNull();
});

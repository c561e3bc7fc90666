import { describe, expect, test } from "vitest";
import { LimitsConfig } from "../config/limitsConfig.ts";
import { comeBackAfterMs } from "./comeBack.ts";

const limits = LimitsConfig.parse({});
const EARLIEST = 0;
const LATEST = 0.999_999;

/** What each of so many is told. */
function told(count: number, chance: number, spread = limits): number[] {
  return Array.from({ length: count }, (_, index) => comeBackAfterMs({ index, count }, spread, chance));
}

describe.each([
  { count: 0, windowMs: 5_000 },
  { count: 1, windowMs: 5_000 },
  { count: 2_500, windowMs: 5_000 },
  { count: 2_501, windowMs: 5_002 },
  { count: 20_000, windowMs: 40_000 },
])("of a node with $count clients", ({ count, windowMs }) => {
  test(`they come back over ${windowMs} ms, and over no less`, () => {
    expect(told(count, EARLIEST)[0] ?? 0).toBe(0);
    const last = told(count, LATEST).at(-1) ?? windowMs;
    expect(last).toBeLessThanOrEqual(windowMs);
    expect(last).toBeGreaterThanOrEqual(windowMs - 1);
  });

  test("no more than 500 come back within any second", () => {
    const all = told(count, EARLIEST);
    expect(all.slice(500).filter((ms, index) => ms - (all[index] ?? 0) < 1_000)).toEqual([]);
  });

  test("each in its turn, whatever chance says", () => {
    const before = told(count, LATEST);
    expect(told(count, EARLIEST).filter((ms, index) => ms < (before[index - 1] ?? 0))).toEqual([]);
  });
});

test("where there is nobody, nobody is told a moment that is no number", () => {
  expect(comeBackAfterMs({ index: 0, count: 0 }, limits, EARLIEST)).toBe(0);
});

test("an operator may spread them further, by time or by rate", () => {
  expect(told(10, LATEST, { ...limits, drainWindowMs: 60_000 }).at(-1)).toBe(59_999);
  expect(told(1_000, LATEST, { ...limits, drainClientsPerSecond: 50 }).at(-1)).toBe(19_999);
});

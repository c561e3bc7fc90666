import { expect, test } from "vitest";
import { deadlineFiguresOf } from "./deadlineFigures.ts";
import { latencyOf } from "./latency.ts";

const changes = (...of: [id: string, lateMs: number][]) => of.map(([id, lateMs]) => ({ id, lateMs }));

test("each deadline once is none missing and none twice", () => {
  expect(deadlineFiguresOf(["a", "b", "c"], changes(["c", 30], ["a", 10], ["b", 20]))).toEqual({
    late: { count: 3, p50Ms: 20, p99Ms: 30, mostMs: 30 },
    missing: 0,
    twice: 0,
  });
});

test("one that came twice does not stand in for one that never came", () => {
  expect(deadlineFiguresOf(["a", "b"], changes(["a", 1], ["a", 2]))).toMatchObject({ missing: 1, twice: 1 });
});

test("where nothing happened everything is missing, and no time is made up", () => {
  const { late, missing } = deadlineFiguresOf(["a"], []);
  expect([missing, late.count, late.p99Ms]).toEqual([1, 0, Number.NaN]);
});

test("what several generators measured is one figure", () => {
  expect(latencyOf([Float64Array.of(9, 1), Float64Array.of(5)])).toEqual({ count: 3, p50Ms: 5, p99Ms: 9, mostMs: 9 });
});

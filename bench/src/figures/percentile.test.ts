import { expect, test } from "vitest";
import { median, percentile, sortedTogether } from "./percentile.ts";

test("a percentile is the smallest value that enough of all do not exceed", () => {
  const sorted = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  expect([0, 0.05, 0.1, 0.5, 0.51, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([1, 1, 1, 5, 6, 10, 10]);
});

test("of nothing measured there is no percentile", () => {
  expect(percentile([], 0.5)).toBeNaN();
});

test("a median is a value that was measured, and leaves the order of the rounds alone", () => {
  const rounds = [30, 10, 20];
  expect(median(rounds)).toBe(20);
  expect(median([4, 1, 3, 2])).toBe(2);
  expect(rounds).toEqual([30, 10, 20]);
});

test("times of several generators are sorted as numbers", () => {
  const together = sortedTogether([Float64Array.of(100, 9), Float64Array.of(), Float64Array.of(20)]);
  expect([...together]).toEqual([9, 20, 100]);
});

import { expect, test } from "vitest";
import { endedAfter, stallBytes } from "./stalledFigures.ts";

const looks = (...of: [atMs: number, connections: number][]) =>
  of.map(([atMs, connections]) => ({ atMs, connections }));

test("each connection that is gone was ended when it was first missed", () => {
  expect([...endedAfter(looks([500, 10], [1_000, 8], [1_500, 8], [2_000, 7]), 10)]).toEqual([1_000, 1_000, 2_000]);
});

test("nobody is ended twice, whatever the gateway tells in between", () => {
  expect([...endedAfter(looks([500, 9], [1_000, 10], [1_500, 9]), 10)]).toEqual([500]);
  expect(endedAfter([], 10)).toHaveLength(0);
});

const phase = (peakBytes: number | undefined) => ({
  toldPerSecond: 1,
  messageBytes: 1,
  peakBytes,
  others: { count: 1, p50Ms: 1, p99Ms: 1, mostMs: 1 },
});

test("what stalling costs is what the same load does not cost while all read", () => {
  expect(stallBytes({ reading: phase(100), stalled: phase(130) })).toBe(30);
  expect(stallBytes({ reading: phase(100), stalled: phase(90) })).toBe(0);
  expect(stallBytes({ reading: phase(undefined), stalled: phase(90) })).toBeUndefined();
});

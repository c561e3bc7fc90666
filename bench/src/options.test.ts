import { expect, test } from "vitest";
import { share } from "./load/share.ts";
import { readOptions } from "./options.ts";
import { namesOf, planOf } from "./plan.ts";

test("nothing said is a full run that writes nothing", () => {
  expect(readOptions([])).toEqual({ quick: false, write: false, generators: 1, only: undefined });
  expect(readOptions(["--quick", "--write", "--generators", "2"])).toEqual({
    quick: true,
    write: true,
    generators: 2,
    only: undefined,
  });
});

test("what is not known is refused, not ignored", () => {
  expect(() => readOptions(["--fast"])).toThrow();
  expect(() => readOptions(["--generators", "0"])).toThrow("1 to 4");
});

test("a report is of a whole run", () => {
  expect(() => readOptions(["--write", "--only", "takeover"])).toThrow("leave --only out");
});

test("part of a name measures that alone", () => {
  const plan = planOf({ quick: true, generators: 1, only: "100 connections, ALONE" });
  expect(plan.cases).toEqual([{ connections: 100, devices: 1 }]);
  expect([plan.idleConnections, plan.takeovers, plan.opens, plan.deadlines]).toEqual([0, [], [], []]);
  expect(planOf({ quick: true, generators: 1, only: "takeover" }).takeovers).toHaveLength(2);
});

test("every name that is told can be asked for, and another one is answered with them", () => {
  for (const only of namesOf(planOf({ quick: false, generators: 1 }))) planOf({ quick: false, generators: 1, only });
  expect(() => planOf({ quick: true, generators: 1, only: "speed" })).toThrow("takeover, at rest");
});

test("nobody presses so often that the damping would be what is measured", () => {
  for (const quick of [true, false]) {
    for (const { pressesEach, overMs, users } of planOf({ quick, generators: 1 }).takeovers) {
      expect(pressesEach).toBeLessThanOrEqual(3);
      // The two presses of one pair do not meet.
      expect(overMs / pressesEach).toBeGreaterThan(1_000);
      expect(users).toBe(200);
    }
  }
});

test("people are shared so that none is left over", () => {
  expect(share(10, 3)).toEqual([4, 3, 3]);
  expect(share(2, 4)).toEqual([1, 1, 0, 0]);
});

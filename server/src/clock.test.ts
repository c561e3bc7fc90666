import { expect, test } from "vitest";
import { createClock } from "./clock.ts";

test("the clock tells real time, moved by what the test clock was moved", () => {
  let real = 1_000;
  const clock = createClock(() => real);
  expect(clock.now()).toBe(1_000);
  clock.setOffset(60_000);
  clock.setOffset(30_000);
  real += 5;
  expect(clock.now()).toBe(31_005);
});

import { expect, test } from "vitest";
import { createSetAside } from "./setAside.ts";

test("what fails again and again is left alone for twice as long each time, ten minutes at most, and started anew once it worked", () => {
  let now = 0;
  const aside = createSetAside(() => now);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    const waitMs = aside.add("bad");
    waits.push(waitMs);
    now += waitMs - 1;
    expect([aside.ids(), aside.toTryAgain()]).toEqual([["bad"], []]);
    now += 1;
    expect([aside.ids(), aside.toTryAgain()]).toEqual([["bad"], ["bad"]]);
  }
  expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(waits.at(-1)).toBe(600_000);
  aside.takeBack("bad");
  expect(aside.ids()).toEqual([]);
  expect(aside.add("bad")).toBe(1_000);
});

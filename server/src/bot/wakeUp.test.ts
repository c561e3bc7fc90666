import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createWakeUp } from "./wakeUp.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks that end when the test says so. */
function eyes() {
  const seen = { started: 0, atOnce: 0, mostAtOnce: 0 };
  const ends: (() => void)[] = [];
  async function look(): Promise<void> {
    seen.started += 1;
    seen.atOnce += 1;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.atOnce);
    await new Promise<void>((resolve) => ends.push(resolve));
    seen.atOnce -= 1;
  }
  return {
    seen,
    look,
    /** Ends the look under way, and lets what waited for it happen. */
    async end(): Promise<void> {
      ends.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

test("of all the times that were asked for, the earliest counts", async () => {
  const { seen, look, end } = eyes();
  const wake = createWakeUp(look);
  for (const ms of [500, 100, 300]) wake.in(ms);
  await vi.advanceTimersByTimeAsync(99);
  expect(seen.started).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen.started).toBe(1);
  await end();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen.started).toBe(1);
});

test("what is asked for during a look is looked at right after it, once, and never beside it", async () => {
  const { seen, look, end } = eyes();
  const wake = createWakeUp(look);
  wake.in(0);
  await vi.advanceTimersByTimeAsync(0);
  for (let asked = 0; asked < 3; asked++) {
    wake.in(10);
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(seen.started).toBe(1);
  await end();
  expect(seen).toEqual({ started: 2, atOnce: 1, mostAtOnce: 1 });
  await end();
  expect(seen).toEqual({ started: 2, atOnce: 0, mostAtOnce: 1 });
});

test("a look may ask for the next", async () => {
  let looks = 0;
  const wake = createWakeUp(async () => {
    looks += 1;
    if (looks < 3) wake.in(50);
  });
  wake.in(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toBe(3);
});

test("after stopping there is no look, and stopping waits for the one under way", async () => {
  const { seen, look, end } = eyes();
  const wake = createWakeUp(look);
  wake.in(0);
  await vi.advanceTimersByTimeAsync(0);
  wake.in(0);
  await vi.advanceTimersByTimeAsync(0);
  let isStopped = false;
  const stopping = wake.stop().then(() => {
    isStopped = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(isStopped).toBe(false);
  await end();
  await stopping;
  wake.in(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen.started).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

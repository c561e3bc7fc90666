import { describe, expect, test } from "vitest";
import { createPassing } from "./passTime.ts";

/** Deadlines that take effect once, and what the clock said then. `chain`: what follows from each, after so long. */
function house(due: number[], chain: Readonly<Record<number, number>> = {}) {
  let now = 0;
  let held = 0;
  const open = new Set(due);
  const effects: { due: number; at: number }[] = [];
  const deadlines = {
    async settle() {
      if (held-- > 0) return;
      for (const at of [...open].toSorted((a, b) => a - b)) {
        if (at > now) continue;
        open.delete(at);
        effects.push({ due: at, at: now });
        const then = chain[at];
        if (then !== undefined) open.add(at + then);
      }
    },
    next: async () => (open.size > 0 ? Math.min(...open) : undefined),
  };
  const time = {
    now: () => now,
    async move(ms: number) {
      await null;
      now += ms;
    },
  };
  return {
    pass: createPassing(deadlines, time),
    effects,
    now: () => now,
    hold(times: number) {
      held = times;
    },
  };
}

describe("the test clock", () => {
  test("stops at each deadline, and at those that follow from it", async () => {
    const { pass, effects, now } = house([100, 50], { 50: 10, 60: 5, 100: 900 });
    await pass(200);
    expect(effects).toEqual([50, 60, 65, 100].map((at) => ({ due: at, at })));
    expect(now()).toBe(200);
  });

  test("reaches a deadline at the very millisecond, and not the one after", async () => {
    const { pass, effects } = house([100, 101]);
    await pass(100);
    expect(effects).toEqual([{ due: 100, at: 100 }]);
  });

  test("asked twice at once, passes both times one after the other", async () => {
    const { pass, effects, now } = house([15, 35]);
    await Promise.all([pass(20), pass(20)]);
    expect(now()).toBe(40);
    expect(effects).toEqual([
      { due: 15, at: 15 },
      { due: 35, at: 35 },
    ]);
  });

  test("waits for what another node has in its hands", async () => {
    const { pass, effects, hold } = house([10]);
    hold(4);
    await pass(10);
    expect(effects).toEqual([{ due: 10, at: 10 }]);
  });

  test("jumps over what would take it thousands of steps, and leaves nothing out", async () => {
    const { pass, effects } = house(Array.from({ length: 5_000 }, (_, i) => i + 1));
    await pass(6_000);
    expect(effects).toHaveLength(5_000);
    expect(new Set(effects.map(({ at }) => at)).size).toBeLessThan(300);
  });
});

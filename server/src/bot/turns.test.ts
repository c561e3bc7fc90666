import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import type { Transcript } from "../transcript/transcript.ts";
import type { ClaimedTurn, TurnStore } from "./turnStore.ts";
import { createTurns, MOST_AT_ONCE } from "./turns.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("with as many turns running as may, nobody looks for more until one has ended", async () => {
  let made = 0;
  const loads: ((loaded: undefined) => void)[] = [];
  const claim = vi.fn<TurnStore["claim"]>(async (limit) =>
    Array.from({ length: limit }, (): ClaimedTurn => {
      const id = `turn ${made++}`;
      return { id, sessionId: id, userId: id, site: "demo", attempt: 1, replyId: undefined };
    }),
  );
  const store: TurnStore = {
    claim,
    nextDueMs: async () => 0,
    load: () => new Promise((resolve) => loads.push(resolve)),
    beginReply: async () => undefined,
    checkpoint: async () => true,
    finish: async () => undefined,
    release: async () => {},
    releaseAll: async () => {},
  };
  const metrics = createMetrics();
  metrics.close();
  const turns = createTurns({
    store,
    transcript: {} as Transcript,
    sites: new Map(),
    say() {},
    tell() {},
    live: { set() {}, delete() {} },
    metrics,
    log: createLog({ level: "silent" }),
    isAlone: false,
    queuePosition: async () => 0,
  });
  turns.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(claim.mock.calls).toEqual([[MOST_AT_ONCE]]);
  loads.shift()?.(undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(claim.mock.calls).toEqual([[MOST_AT_ONCE], [1]]);
  for (const load of loads.splice(0)) load(undefined);
  await turns.close();
});

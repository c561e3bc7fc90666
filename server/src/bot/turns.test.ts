import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SiteConfig } from "../config/config.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createLiveReplies } from "../transcript/liveReplies.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { demoBot } from "./demoBot.ts";
import { loadedTurn, memoryStore } from "./runTurn.fixture.ts";
import type { TurnParts } from "./runTurn.ts";
import type { ClaimedTurn, TurnStore } from "./turnStore.ts";
import { createTurns, MOST_AT_ONCE } from "./turns.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function turnsOn(store: TurnStore, more: Partial<TurnParts> = {}) {
  const metrics = createMetrics();
  metrics.close();
  return createTurns({
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
    ...more,
  });
}

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
  const turns = turnsOn(store);
  turns.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(claim.mock.calls).toEqual([[MOST_AT_ONCE]]);
  loads.shift()?.(undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(claim.mock.calls).toEqual([[MOST_AT_ONCE], [1]]);
  for (const load of loads.splice(0)) load(undefined);
  await turns.close();
});

test("a turn that is taken up again where it still runs is answered by the later run alone", async () => {
  const signals: AbortSignal[] = [];
  vi.spyOn(demoBot, "answer").mockImplementation(async function* (_, signal) {
    signals.push(signal);
    yield { kind: "text", text: `run ${signals.length}` };
    await new Promise(() => {});
  });
  const turn = { id: "turn", sessionId: "s", userId: "ada", site: "demo" };
  const claims: ClaimedTurn[] = [{ ...turn, attempt: 1, replyId: undefined }];
  let letGo = (_isOurs: boolean): void => {};
  const { store } = memoryStore(loadedTurn(), {
    claim: async () => claims.splice(0),
    // The earlier run is held up on its way out.
    checkpoint: async ({ attempt }) => attempt > 1 || new Promise((resolve) => (letGo = resolve)),
  });
  const live = createLiveReplies();
  const site = { id: "demo", bot: { kind: "demo" }, texts: {} } as unknown as SiteConfig;
  const turns = turnsOn(store, { live, sites: new Map([["demo", site]]) });
  turns.start();
  await vi.advanceTimersByTimeAsync(1_500);
  claims.push({ ...turn, attempt: 2, replyId: "r" });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  letGo(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(live.textOf("r")).toBe("run 2");
  turns.abandon("r");
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  await turns.close();
  expect(live.textOf("r")).toBeUndefined();
});

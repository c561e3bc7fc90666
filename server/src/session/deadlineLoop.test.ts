import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { createLog } from "../log.ts";
import { createDeadlineLoop } from "./deadlineLoop.ts";
import type { SessionRow } from "./sessionRow.ts";
import type { Moved } from "./sessionStore.ts";
import { CommitInDoubt, type DeadlineStore } from "./settling.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const at = "2026-01-01T00:00:00.000Z";

/** Idles, with nobody in the middle of a sentence. */
function idled(id: string): Moved {
  const clocks = { silent_since: at, runs_until: at, idled_at: at, opened_at: at, last_activity_at: at };
  const nothing = { ended_at: null, end_reason: null, agent_id: null, resumed_from: null };
  const row = { id, site: "demo", user_id: id, state: "idle", awaiting: "visitor", rev: 1, ...clocks, ...nothing };
  // What is told of a session needs no more of it.
  return { row: row as unknown as SessionRow, now: 0, effects: [{ kind: "idled", at: 0 }], interrupted: [] };
}

const outage = Object.assign(new Error("gone"), { code: "ECONNREFUSED" });

/** Sessions that are due, some of which cannot be settled, on a database that fails as told. */
function setUp(ids: readonly string[], bad: readonly string[] = []) {
  const due = new Set(ids);
  const broken = new Set(bad);
  const looks: number[] = [];
  const told: string[] = [];
  const untellable = new Set<string>();
  const failing: unknown[] = [];
  let advised = 0;

  function settle(which: readonly string[]): Moved[] {
    if (which.some((id) => broken.has(id))) throw new Error("integer out of range");
    for (const id of which) due.delete(id);
    return which.map(idled);
  }
  const pick = ({ limit, except }: { limit: number; except: readonly string[] }) =>
    [...due].filter((id) => !except.includes(id)).slice(0, limit);

  const store: DeadlineStore = {
    async settle(batch) {
      looks.push(Date.now());
      if (failing.length > 0) throw failing.shift();
      return settle(pick(batch));
    },
    dueIds: async (batch) => pick(batch),
    settleOne: async (id) => (due.has(id) ? settle([id])[0] : undefined),
    open: async () => [],
    next: async (except) => (pick({ limit: 1, except }).length > 0 ? 0 : undefined),
  };
  const logged = vi.fn();
  const log = createLog({ destination: { write: (line) => logged(JSON.parse(line)) } });
  const loop = createDeadlineLoop({
    store,
    policyOf: () => PRESETS.support,
    say(announcements) {
      for (const { userId } of announcements) {
        if (untellable.has(userId)) throw new Error("cannot be told");
        told.push(userId);
      }
    },
    abandon: () => {},
    advise: () => {
      advised += 1;
    },
    log,
  });
  const lines = () => logged.mock.calls.map(([line]) => line);
  return { loop, due, broken, looks, told, untellable, failing, lines, advised: () => advised };
}

const many = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`);

test("it looks twice a second, and while the database is away ever more rarely", async () => {
  const { loop, looks, failing } = setUp([]);
  failing.push(...Array.from({ length: 30 }, () => outage));
  loop.start();
  await vi.advanceTimersByTimeAsync(120_000);
  const gaps = looks.slice(1).map((look, i) => look - (looks[i] ?? 0));
  expect(gaps.slice(0, 4)).toEqual([500, 1_000, 1_500, 2_000]);
  expect(Math.max(...gaps)).toBe(10_000);
  failing.length = 0;
  await vi.advanceTimersByTimeAsync(10_000);
  looks.length = 0;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(looks.length).toBe(10);
  await loop.stop();
});

describe("a session that cannot be settled", () => {
  test("keeps no other's deadline back, is logged by its id, and is left alone for longer and longer", async () => {
    const { loop, due, told, lines } = setUp(many(250), ["s42"]);
    await loop.settle();
    expect(told.toSorted()).toEqual(
      many(250)
        .filter((id) => id !== "s42")
        .toSorted(),
    );
    expect([...due]).toEqual(["s42"]);
    loop.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines().map(({ sessionId, retryAfterMs }) => [sessionId, retryAfterMs])).toEqual(
      [1, 2, 4, 8, 16, 32].map((seconds) => ["s42", seconds * 1_000]),
    );
    expect(await loop.next()).toBe(undefined);
    await loop.stop();
  });

  test("takes effect once it is mended", async () => {
    const { loop, broken, told, due } = setUp(["bad"], ["bad"]);
    await loop.settle();
    broken.clear();
    await loop.settle();
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    await loop.settle();
    expect([told, due.size]).toEqual([["bad"], 0]);
  });

  test("is not what is wrong where a whole batch fails: then the loop backs off", async () => {
    const { loop, due } = setUp(many(250), many(250));
    await expect(loop.settle()).rejects.toThrow("out of range");
    expect(due.size).toBe(250);
  });
});

test("an outage is no session's fault: none is set aside", async () => {
  const { loop, failing, told, lines, advised } = setUp(many(3));
  failing.push(outage);
  await expect(loop.settle()).rejects.toBe(outage);
  await loop.settle();
  expect([told, lines(), advised()]).toEqual([many(3), [], 0]);
});

test("one session that cannot be told loses no other's news", async () => {
  const { loop, told, untellable, lines } = setUp(many(5));
  untellable.add("s1");
  await loop.settle();
  expect(told).toEqual(["s0", "s2", "s3", "s4"]);
  expect(lines()).toEqual([expect.objectContaining({ sessionId: "s1" })]);
});

test("where a commit was not answered everybody here is advised to sync, once, when it works again", async () => {
  const { loop, failing, advised } = setUp([]);
  failing.push(new CommitInDoubt(outage), outage);
  for (const answer of [0, 0]) {
    await expect(loop.settle()).rejects.toThrow();
    expect(advised()).toBe(answer);
  }
  await loop.settle();
  await loop.settle();
  expect(advised()).toBe(1);
});

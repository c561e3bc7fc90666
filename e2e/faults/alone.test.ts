// Each fault of the list, alone. BATON_FAULTS=words runs those with these words in their names.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { FAULTS } from "./nemesis/faults.ts";
import { NODE_KILLED, ROLLING_RESTART } from "./nemesis/nodeFaults.ts";
import { SHORT_CROWD, type Stage, setStage } from "./nemesis/stage.ts";
import { seedOf, seedOfRun, wanted } from "./seed.ts";

const seed = seedOfRun();
let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
}, 60_000);

afterAll(() => stage.close(), 60_000);

test.each(FAULTS.filter(({ name }) => wanted(name)).map((fault) => [fault.name, fault] as const))(
  "%s: nothing is lost, doubled or out of order, and everybody is at the head again",
  async (name, fault) => {
    onTestFailed(() => console.error(stage.cluster.lastWords()));
    const trial = await stage.suffer([fault], { seed: seedOf(seed, name), crowd: SHORT_CROWD, lasts: "short" });
    expect(trial.words).toBe("");
    expect(trial.acked).toBeGreaterThan(50);
  },
  90_000,
);

test.runIf(wanted(NODE_KILLED.name))(
  "a node killed with 100 sends in flight: each is there once, where its ack says",
  async () => {
    onTestFailed(() => console.error(stage.cluster.lastWords()));
    // On each of three nodes.
    const crowd = {
      ...SHORT_CROWD,
      people: 300,
      withTwoDevices: 0,
      changesEachWave: 0,
      waveEveryMs: 1_000,
      directOfFour: 4,
    };
    const trial = await stage.suffer([NODE_KILLED], { seed: seedOf(seed, "100 in flight"), crowd, lasts: "short" });
    expect(trial.words).toBe("");
    expect(trial.acked).toBeGreaterThan(300);
  },
  90_000,
);

/** drainWindowMs, as it is when left out. */
const WINDOW_MS = 5_000;

test.runIf(wanted(ROLLING_RESTART.name))(
  "P9: a rolling restart of all nodes loses nothing, and sends people back spread over the window it announces",
  async () => {
    onTestFailed(() => console.error(stage.cluster.lastWords()));
    const trial = await stage.suffer([ROLLING_RESTART], {
      seed: seedOf(seed, "rolling"),
      crowd: SHORT_CROWD,
      lasts: "short",
    });
    expect(trial.words).toBe("");
    const { closings, pages } = trial;
    expect(closings.length).toBeGreaterThanOrEqual(pages);
    const told = closings.map(({ code, mayReturn, reconnectAfterMs }) => {
      expect({ code, mayReturn }).toEqual({ code: "draining", mayReturn: true });
      return reconnectAfterMs ?? Number.NaN;
    });
    for (const ms of told) expect(ms >= 0 && ms <= WINDOW_MS).toBe(true);
    for (const fifth of [0, 1, 2, 3, 4])
      expect(told.some((ms) => Math.floor((5 * ms) / WINDOW_MS) === fifth)).toBe(true);
  },
  120_000,
);

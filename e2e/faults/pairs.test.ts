// Two faults at once, twenty pairs drawn anew in each run. BATON_FAULT_SEED repeats a run, BATON_FAULT_PAIRS says how many.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { drawPairs } from "./nemesis/faults.ts";
import { Random } from "./nemesis/random.ts";
import { SHORT_CROWD, type Stage, setStage } from "./nemesis/stage.ts";
import { seedOf, seedOfRun, wanted } from "./seed.ts";

const PAIRS = Number(process.env.BATON_FAULT_PAIRS ?? 20);

const seed = seedOfRun();
let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
}, 60_000);

afterAll(() => stage.close(), 60_000);

const drawn = drawPairs(new Random(seed), PAIRS).map(
  (pair) => [pair.map(({ name }) => name).join(" + "), pair] as const,
);

test.each(drawn.filter(([name]) => wanted(name)))(
  "%s: nothing is lost, doubled or out of order, and everybody is at the head again",
  async (name, pair) => {
    onTestFailed(() => console.error(stage.cluster.lastWords()));
    const trial = await stage.suffer(pair, { seed: seedOf(seed, name), crowd: SHORT_CROWD, lasts: "short" });
    expect(trial.words).toBe("");
    expect(trial.acked).toBeGreaterThan(50);
  },
  120_000,
);

// Each fault of the list, alone. The seed is printed; BATON_FAULT_SEED repeats a run, BATON_FAULTS=words picks from the list.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { FAULTS } from "./nemesis/faults.ts";
import { SHORT_CROWD, type Stage, setStage } from "./nemesis/stage.ts";
import { seedOfRun, wanted } from "./seed.ts";

const seed = seedOfRun();
let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
}, 60_000);

afterAll(() => stage.close());

test.each(FAULTS.filter(({ name }) => wanted(name)).map((fault, i) => [fault.name, fault, seed + i] as const))(
  "%s: nothing is lost, doubled or out of order, and everybody is at the head again",
  async (_, fault, seedHere) => {
    onTestFailed(() => console.error(`seed ${seedHere}\n${stage.cluster.lastWords()}`));
    const trial = await stage.suffer([fault], { seed: seedHere, crowd: SHORT_CROWD, lasts: "short" });
    expect(trial.words).toBe("");
    expect(trial.acked).toBeGreaterThan(50);
  },
  90_000,
);

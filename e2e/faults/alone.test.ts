// Each fault of the list, alone. BATON_FAULTS=words runs those with these words in their names.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { FAULTS } from "./nemesis/faults.ts";
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

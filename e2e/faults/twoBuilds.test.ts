// N and N + 1 side by side: a rolling restart onto the next build, whose migration this one does not know, and back again.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { configWithoutBot } from "./cluster/cluster.ts";
import { type NextBuild, nextBuild } from "./cluster/nextBuild.ts";
import { rollingUpgrade } from "./nemesis/nodeFaults.ts";
import { SHORT_CROWD, type Stage, setStage } from "./nemesis/stage.ts";
import { seedOf, seedOfRun } from "./seed.ts";

const seed = seedOfRun();
let stage: Stage;
let next: NextBuild;

/** How people are spread over a window has its own test (P9): here everybody comes back at once. */
function configOfHere(origins: readonly string[]): unknown {
  const config = configWithoutBot(origins) as { limits: object };
  return { ...config, limits: { ...config.limits, drainNoticeMs: 100, drainWindowMs: 500 } };
}

beforeAll(async () => {
  next = nextBuild();
  stage = await setStage({ config: configOfHere });
}, 60_000);

afterAll(async () => {
  await stage.close();
  next.remove();
}, 60_000);

test("P9: all nodes go over to the next build, one by one, and back: nothing is lost, doubled or out of order", async () => {
  onTestFailed(() => console.error(stage.cluster.lastWords()));
  const fault = rollingUpgrade(next.main);
  const trial = await stage.suffer([fault], { seed: seedOf(seed, fault.name), crowd: SHORT_CROWD, lasts: "short" });
  expect(trial.words).toBe("");
  expect(trial.acked).toBeGreaterThan(100);
  const landed = await stage.cluster.postgres.sql`SELECT 1 FROM migrations WHERE name = ${next.migration}`;
  expect(landed).toHaveLength(1);
}, 180_000);

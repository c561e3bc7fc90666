/** How long it takes until everyone is back when all connections end at once, and what it costs the node they come to. */
import { setTimeout as sleep } from "node:timers/promises";
import { latencyOf } from "./figures/latency.ts";
import type { StormResult } from "./figures/measured.ts";
import type { Generators } from "./load/generators.ts";
import { nextPhase } from "./phases.ts";
import type { StormPlan } from "./plan.ts";
import type { Cluster } from "./servers/cluster.ts";
import { cpuOf } from "./servers/cpuOf.ts";
import { scrape } from "./servers/scrape.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";
import { microsOf, stopwatch } from "./spent.ts";

export type Storm = { which: StormPlan; generators: Generators; cluster: Cluster };

/** The last one is missed by everyone, and told when they are back. */
const [MESSAGES, MISSED] = [2, 1];
/** What the joining and the first storm left to do is done: a round of leases, a pulse. */
const CALM_MS = 3_000;

export async function measureStorm({ which, generators, cluster }: Storm): Promise<StormResult[]> {
  const [here, there] = [await cluster.startNode(), await cluster.startNode()];
  const place = { ports: [here.port], server: "baton", devices: 1, speak: true } as const;
  await generators.gather({ ...place, users: which.clients, phase: nextPhase(1) }, MESSAGES);
  const blow = (how: StormResult["how"], to: ServerProcess, begin: () => Promise<void>) =>
    measureOne({ which, generators, cluster }, { how, to, begin });
  const cut = await blow("cut", here, async () => {});
  const killed = await blow("killed", there, () => here.kill());
  await generators.leave();
  return [cut, killed];
}

type Blow = { how: StormResult["how"]; to: ServerProcess; begin: () => Promise<void> };

async function measureOne({ which, generators, cluster }: Storm, { how, to, begin }: Blow): Promise<StormResult> {
  await sleep(CALM_MS);
  await scrape(to);
  const stop = stopwatch(() => ({ node: cpuOf(to.pid), ...cluster.cpu() }));
  const storming = { port: to.port, cut: how === "cut", missed: MISSED, withinMs: which.withinMs };
  const [parts] = await Promise.all([generators.storm(storming), begin()]);
  const spent = stop();
  const { loop } = await scrape(to);
  const sum = (of: "away" | "failed") => parts.reduce((total, part) => total + part[of], 0);
  const never = new Float64Array(sum("away")).fill(Number.POSITIVE_INFINITY);
  const back = [...parts.map(({ backMs }) => backMs), never];
  return {
    how,
    clients: which.clients,
    back: latencyOf(back),
    backIn30s: back.flatMap((part) => [...part]).filter((ms) => ms <= 30_000).length,
    open: latencyOf(parts.map(({ openMs }) => openMs)),
    failedTries: sum("failed"),
    loop,
    micros: microsOf(spent, which.clients),
  };
}

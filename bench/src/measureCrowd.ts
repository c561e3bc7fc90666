/** What one node pays for many visitors who have a session and say nothing, and whether it still has all of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { latencyOf } from "./figures/latency.ts";
import type { CrowdResult, IdleMemory } from "./figures/measured.ts";
import type { Generators } from "./load/generators.ts";
import { nextPhase } from "./phases.ts";
import type { CrowdPlan } from "./plan.ts";
import type { Cluster } from "./servers/cluster.ts";
import { cpuOf } from "./servers/cpuOf.ts";
import { mostConnections } from "./servers/openFiles.ts";
import { scrape } from "./servers/scrape.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";
import { coresOf, stopwatch } from "./spent.ts";

export type Crowding = {
  which: CrowdPlan;
  generators: Generators;
  /** Started when its turn comes: what stands beside it would share its memory's measure of the machine. */
  startBare: () => Promise<ServerProcess>;
  startCluster: () => Promise<Cluster>;
};

/** These come before the first look, so that what a server needs once is not counted. */
const WARM_SHARE = 0.1;
/** «A message behind it.» */
const MESSAGES = 1;

export async function measureCrowd(crowding: Crowding): Promise<CrowdResult> {
  const { which, generators } = crowding;
  const held = Math.min(which.sessions, mostConnections());
  const bare = await bareMemory(crowding, held);
  const cluster = await crowding.startCluster();
  const node = await cluster.startNode();
  const gather = (users: number) =>
    generators.gather(
      { ports: [node.port], server: "baton", users, devices: 1, phase: nextPhase(1), speak: true },
      MESSAGES,
    );
  const baton = await growth(node, held, gather);
  const atRest = await hold(node, cluster, which.holdMs);
  const { connections: connected } = await scrape(node);
  const asked = await generators.askCrowd(which.askPerSecond);
  await generators.leave();
  await cluster.stop();
  return {
    ...{ wanted: which.sessions, held, bare, baton, heldForMs: which.holdMs, ...atRest, connected },
    answer: latencyOf(asked.map(({ answerMs }) => answerMs)),
    silent: asked.reduce((sum, { silent }) => sum + silent, 0),
  };
}

async function bareMemory({ generators, startBare }: Crowding, held: number): Promise<IdleMemory> {
  const server = await startBare();
  const join = (users: number) =>
    generators.join({ ports: [server.port], server: "bare", users, devices: 1, phase: nextPhase(1), speak: false });
  const memory = await growth(server, held, join);
  await generators.leave();
  await server.stop();
  return memory;
}

/** By each of those who come after the first ones. */
async function growth(
  server: ServerProcess,
  held: number,
  come: (users: number) => Promise<void>,
): Promise<IdleMemory> {
  const warm = Math.ceil(held * WARM_SHARE);
  await come(warm);
  const before = await server.memory();
  await come(held - warm);
  const after = await server.memory();
  const each = (to: number, from: number) => (to - from) / (held - warm);
  return {
    connections: held - warm,
    residentBytes: each(after.residentBytes, before.residentBytes),
    heapBytes: each(after.heapBytes, before.heapBytes),
  };
}

type AtRest = Pick<CrowdResult, "cores" | "loopP99Ms">;

async function hold(node: ServerProcess, cluster: Cluster, ms: number): Promise<AtRest> {
  await scrape(node);
  const stop = stopwatch(() => ({ node: cpuOf(node.pid), ...cluster.cpu() }));
  await sleep(ms);
  const cores = coresOf(stop());
  const { loop } = await scrape(node);
  return { cores, loopP99Ms: loop.p99Ms };
}

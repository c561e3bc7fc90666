/**
 * What a second node costs: the same load on one node without Redis, on one with it, and on two, where the devices of each
 * user are on different ones. And what a node pays for what others say that it has nobody for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type CpuSeconds, figuresOf } from "./figures/figures.ts";
import type { Hearing, NodesFigures, NodesResult, NodesSetup } from "./figures/measured.ts";
import { median } from "./figures/percentile.ts";
import type { Generators } from "./load/generators.ts";
import { nextPhase } from "./phases.ts";
import type { NodesPlan, Plan } from "./plan.ts";
import type { Cluster } from "./servers/cluster.ts";
import { cpuOf } from "./servers/cpuOf.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";
import { checkTranscripts } from "./servers/transcripts.ts";
import { type Spent, stopwatch, sumOf } from "./spent.ts";

export type Comparing = { plan: Plan; which: NodesPlan; generators: Generators; cluster: Cluster };

type Round = Omit<NodesFigures, "setup">;
type Setup = { name: NodesSetup; nodes: readonly ServerProcess[] };

export type Compared = { result: NodesResult; checkedMessages: number };

export async function measureNodes(comparing: Comparing): Promise<Compared> {
  const { which, cluster } = comparing;
  const alone = await cluster.startNode({ redis: false });
  const [first, second] = [await cluster.startNode(), await cluster.startNode()];
  const setups: Setup[] = [
    { name: "one node, no Redis", nodes: [alone] },
    { name: "one node", nodes: [first] },
    { name: "two nodes", nodes: [first, second] },
  ];
  const rounds = setups.map((setup) => ({ setup, figures: [] as Round[] }));
  let checkedMessages = 0;
  for (let round = 0; round < which.rounds; round++) {
    // Turned round each time: whoever comes later finds a warmer machine.
    for (const { setup, figures } of round % 2 === 0 ? rounds : rounds.toReversed()) {
      const measured = await measureRound(comparing, setup);
      figures.push(measured.figures);
      checkedMessages += measured.checkedMessages;
    }
  }
  const hearing = await measureHearing(comparing, first, second);
  const figures = rounds.map(({ setup, figures }) => ({ setup: setup.name, ...mediansOf(figures) }));
  return { result: { users: which.users, rounds: which.rounds, figures, hearing }, checkedMessages };
}

async function measureRound(
  { plan, which, generators, cluster }: Comparing,
  { nodes }: Setup,
): Promise<{ figures: Round; checkedMessages: number }> {
  const ports = nodes.map(({ port }) => port);
  await generators.join({ ports, server: "baton", users: which.users, devices: 2, phase: nextPhase(1), speak: true });
  const read = () => ({ nodes: sumOf(nodes.map(({ pid }) => cpuOf(pid))), ...cluster.cpu() });
  let stop = stopwatch(read);
  let spent = stop();
  const driving = { load: { kind: "closed" }, warmMs: plan.warmMs, measureMs: which.measureMs } as const;
  const driven = await generators.drive(driving, (moment) => {
    if (moment === "begin") stop = stopwatch(read);
    else spent = stop();
  });
  const checkedMessages = await checkTranscripts(ports[0] ?? 0, await generators.ledger());
  await generators.leave();
  return { figures: roundOf(driven, spent), checkedMessages };
}

const UNTOLD: CpuSeconds = { server: undefined, postgres: undefined, generators: undefined };

function roundOf(driven: Parameters<typeof figuresOf>[0], { seconds }: Spent<"nodes" | "postgres" | "redis">): Round {
  const { ackedPerSecond, p50Ms, p99Ms } = figuresOf(driven, UNTOLD);
  const acked = driven.reduce((sum, part) => sum + part.acked, 0);
  const micros = (spent: number | undefined) => ((spent ?? Number.NaN) * 1_000_000) / acked;
  const { nodes, postgres, redis } = seconds;
  return {
    ...{ ackedPerSecond, p50Ms, p99Ms },
    micros: { nodes: micros(nodes), postgres: micros(postgres), redis: micros(redis) },
  };
}

function mediansOf(rounds: readonly Round[]): Round {
  const of = (read: (round: Round) => number): number => median(rounds.map(read));
  return {
    ackedPerSecond: of((round) => round.ackedPerSecond),
    p50Ms: of((round) => round.p50Ms),
    p99Ms: of((round) => round.p99Ms),
    micros: {
      nodes: of(({ micros }) => micros.nodes),
      postgres: of(({ micros }) => micros.postgres),
      redis: of(({ micros }) => micros.redis),
    },
  };
}

/** People write on one node; the other's time is read, less what it takes when nobody writes. */
async function measureHearing(
  { plan, which, generators }: Comparing,
  speaking: ServerProcess,
  listening: ServerProcess,
): Promise<Hearing> {
  const { perSecond, overMs } = which.hearing;
  const place = { ports: [speaking.port], server: "baton", devices: 1, speak: true } as const;
  await generators.join({ ...place, users: which.users, phase: nextPhase(1) });
  const idle = () => stopwatch(() => ({ node: cpuOf(listening.pid) }));
  const atRest = idle();
  await sleep(overMs);
  const rest = atRest();
  let stop = idle();
  let spent = rest;
  const driving = { load: { kind: "open", perSecond }, warmMs: plan.warmMs, measureMs: overMs } as const;
  await generators.drive(driving, (moment) => {
    if (moment === "begin") stop = idle();
    else spent = stop();
  });
  await generators.leave();
  const idleCores = (rest.seconds.node ?? Number.NaN) / rest.tookSeconds;
  const heard = perSecond * spent.tookSeconds;
  const seconds = (spent.seconds.node ?? Number.NaN) - idleCores * spent.tookSeconds;
  return { perSecond, heard: Math.round(heard), micros: (seconds * 1_000_000) / heard, idleCores };
}

/** What devices cost a node that have stopped reading, and whether anybody else notices. */
import { latencyOf } from "./figures/latency.ts";
import type { StalledPhase, StalledResult } from "./figures/measured.ts";
import { endedAfter, type Look } from "./figures/stalledFigures.ts";
import type { Generators } from "./load/generators.ts";
import type { Plan } from "./plan.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";
import { checkTranscripts } from "./servers/transcripts.ts";
import { watch } from "./servers/watch.ts";
import { OTHERS, readersOf, type StalledPlan } from "./stalledPlan.ts";

export type Stalling = {
  plan: Plan;
  which: StalledPlan;
  generators: Generators;
  server: ServerProcess;
  phase: number;
};

/** After the telling: a reader without a backlog is missed by the heartbeat, after 35 s at most. */
const PATIENCE_MS = 45_000;

/** Uses two phases. */
export async function measureStalled(stalling: Stalling): Promise<StalledResult> {
  const { which, generators, server, phase } = stalling;
  const place = { ports: [server.port], server: server.name, speak: true };
  await generators.join({ ...place, users: OTHERS.people, devices: 1, phase });
  await generators.joinTellers(
    { ...place, users: which.people, devices: 1 + which.readersEach, phase: phase + 1 },
    which.letters,
  );
  const reading = await drive(stalling, { stalled: false, measureMs: which.overMs / 2 });
  const before = await server.memory();
  const stalled = await drive(stalling, { stalled: true, measureMs: which.overMs });
  const afterwards = await server.memory();
  const checkedMessages = await checkTranscripts(server.port, await generators.ledger());
  await generators.leave();
  return {
    ...which,
    reading: reading.phase,
    stalled: stalled.phase,
    ended: latencyOf([endedAfter(stalled.looks, OTHERS.people + which.people + readersOf(which))]),
    atRest: { before, afterwards },
    checkedMessages,
  };
}

type Driven = { phase: StalledPhase; looks: readonly Look[] };

/** The same load each time: who writes is answered and hears, and a drive fails when an ack or a delivery is missing. */
async function drive(
  { plan, which, generators, server }: Stalling,
  { stalled, measureMs }: { stalled: boolean; measureMs: number },
): Promise<Driven> {
  const times = { warmMs: plan.warmMs, measureMs };
  const open = (perSecond: number) => ({ ...times, load: { kind: "open", perSecond } as const });
  const watching = watch(server);
  const [others, told] = await Promise.all([
    generators.drive(open(OTHERS.people * OTHERS.perSecondEach), () => {}),
    generators.tell({ driving: open(which.people * which.perSecondEach), stalled }),
  ]);
  if (stalled) await watching.untilConnections(OTHERS.people + which.people, PATIENCE_MS);
  const { peakBytes, looks } = await watching.stop();
  const sum = (of: "acked" | "measuredMs") => told.reduce((total, part) => total + part[of], 0);
  return {
    phase: {
      toldPerSecond: (sum("acked") * told.length * 1_000) / sum("measuredMs"),
      messageBytes: told[0]?.messageBytes ?? Number.NaN,
      peakBytes,
      others: latencyOf(others.map(({ latenciesMs }) => latenciesMs)),
    },
    looks,
  };
}

/** One case on one server: people join, both loads are driven over them, Baton's database is read back, people leave. */
import { type CpuSeconds, type Figures, figuresOf } from "./figures/figures.ts";
import type { LoadKind } from "./figures/measured.ts";
import type { Driven, Driving } from "./load/drive.ts";
import type { Generators } from "./load/generators.ts";
import { type Case, loadsOf, type Plan } from "./plan.ts";
import { cpuOf, cpuOfDescendants } from "./servers/cpuOf.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";
import { checkTranscripts } from "./servers/transcripts.ts";

export type CaseResult = {
  figures: Record<LoadKind, Figures>;
  bytes: { ack: number; message: number };
  checkedMessages: number;
};

export type Measuring = { plan: Plan; generators: Generators; server: ServerProcess; which: Case; phase: number };

export async function measureCase({ plan, generators, server, which, phase }: Measuring): Promise<CaseResult> {
  const { connections: users, devices } = which;
  await generators.join({ ports: [server.port], server: server.name, users, devices, phase, speak: true });
  const drive = (driving: Driving) => driveMeasured({ generators, server, driving });
  const [closed, open] = loadsOf(plan).map(({ load, measureMs }) => ({ load, measureMs, warmMs: plan.warmMs }));
  if (!closed || !open) throw new Error("a plan has two loads");
  const closedDriven = await drive(closed);
  const openDriven = await drive(open);
  const checkedMessages = server.name === "baton" ? await checkTranscripts(server.port, await generators.ledger()) : 0;
  await generators.leave();
  const [one] = openDriven.driven;
  return {
    figures: {
      closed: figuresOf(closedDriven.driven, closedDriven.cpu),
      open: figuresOf(openDriven.driven, openDriven.cpu),
    },
    bytes: { ack: one?.ackBytes ?? 0, message: one?.messageBytes ?? 0 },
    checkedMessages,
  };
}

type Drive = { generators: Generators; server: ServerProcess; driving: Driving };

async function driveMeasured({ generators, server, driving }: Drive): Promise<{ driven: Driven[]; cpu: CpuSeconds }> {
  const clocks = { begin: readClocks(generators, server), end: readClocks(generators, server) };
  const driven = await generators.drive(driving, (moment) => {
    clocks[moment] = readClocks(generators, server);
  });
  return { driven, cpu: between(clocks.begin, clocks.end) };
}

function readClocks(generators: Generators, server: ServerProcess): CpuSeconds {
  const load = generators.pids.map((pid) => cpuOf(pid));
  return {
    server: cpuOf(server.pid),
    postgres: cpuOfDescendants(server.pid),
    generators: load.reduce(
      (sum, seconds) => (sum === undefined || seconds === undefined ? undefined : sum + seconds),
      0,
    ),
  };
}

function between(begin: CpuSeconds, end: CpuSeconds): CpuSeconds {
  const spent = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : to - from;
  return {
    server: spent(begin.server, end.server),
    postgres: spent(begin.postgres, end.postgres),
    generators: spent(begin.generators, end.generators),
  };
}

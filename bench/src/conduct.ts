/** The whole run: servers and generators are started, every case is measured on both servers in turns, all is stopped. */
import { measureManyNodes } from "./conductNodes.ts";
import type { ServerName } from "./figures/figures.ts";
import type { IdleMemory, LoadKind, Measured, Series } from "./figures/measured.ts";
import { type Generators, startGenerators } from "./load/generators.ts";
import { type CaseResult, measureCase } from "./measureCase.ts";
import { measureDeadlines } from "./measureDeadlines.ts";
import { measureIdle } from "./measureIdle.ts";
import { measureOpens } from "./measureOpens.ts";
import { measureStalled } from "./measureStalled.ts";
import { measureTakeovers } from "./measureTakeovers.ts";
import { nextPhase } from "./phases.ts";
import { caseName, deadlineName, openName, type Plan, takeoverName } from "./plan.ts";
import type { ServerProcess, Surroundings } from "./servers/serverProcess.ts";
import { startBare } from "./servers/startBare.ts";
import { type BatonProcess, startBaton } from "./servers/startBaton.ts";
import { stalledName } from "./stalledPlan.ts";

export type Conducting = Surroundings & { plan: Plan; say: (line: string) => void };

export async function conduct(run: Conducting): Promise<Measured> {
  const generators = startGenerators(run.plan.generators);
  run.undo.push(() => generators.stop());
  const idle = run.plan.idleConnections > 0 ? await measureBothIdle(run, generators) : undefined;
  const results = run.plan.cases.length > 0 ? await measureCases(run, generators) : [];
  const sessions = await measureSessions(run, generators);
  const { deadlines, checkedMessages, ...ofNodes } = await measureManyNodes(run, generators);
  const checked = [...results.map(({ result }) => result), ...sessions.takeovers, ...sessions.stalled];
  return {
    series: seriesOf(results),
    idle,
    ...sessions,
    ...ofNodes,
    deadlines: [...sessions.deadlines, ...deadlines],
    bytes: { bare: lastBytes(results, "bare"), baton: lastBytes(results, "baton") },
    checkedMessages: checked.reduce((sum, { checkedMessages }) => sum + checkedMessages, checkedMessages),
  };
}

async function measureCases(run: Conducting, generators: Generators): Promise<Result[]> {
  const servers = { bare: await startBare(run), baton: await startBaton(run) };
  const results = await measureRounds(run, generators, servers);
  await Promise.all([servers.bare.stop(), servers.baton.stop()]);
  return results;
}

type Sessions = Pick<Measured, "takeovers" | "opens" | "deadlines" | "stalled">;

/** Of Baton alone: the bare server has no devices, no sessions and no deadlines. */
async function measureSessions(run: Conducting, generators: Generators): Promise<Sessions> {
  const { plan } = run;
  const calm = plan.deadlines.filter(({ killEveryMs }) => killEveryMs === undefined);
  return {
    takeovers: await onNewServers(run, plan.takeovers, {
      nameOf: takeoverName,
      measure: (server, which) => measureTakeovers({ plan, which, generators, server, phase: nextPhase(2) }),
    }),
    opens: await onNewServers(run, plan.opens, {
      nameOf: openName,
      measure: (server, which) => measureOpens({ which, generators, server, phase: nextPhase(1) }),
    }),
    deadlines: await onNewServers(run, calm, { nameOf: deadlineName, measure: measureDeadlines }),
    stalled: await onNewServers(run, plan.stalled, {
      nameOf: stalledName,
      measure: (server, which) => measureStalled({ plan, which, generators, server, phase: nextPhase(2) }),
    }),
  };
}

type Measuring<Which, Result> = {
  nameOf: (which: Which) => string;
  measure: (server: BatonProcess, which: Which) => Promise<Result>;
};

async function onNewServers<Which, Result>(
  run: Conducting,
  all: readonly Which[],
  { nameOf, measure }: Measuring<Which, Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const which of all) {
    run.say(nameOf(which));
    const server = await startBaton(run);
    results.push(await measure(server, which));
    await server.stop();
  }
  return results;
}

/** On servers of their own, which nothing else has touched. */
async function measureBothIdle(run: Conducting, generators: Generators): Promise<Record<ServerName, IdleMemory>> {
  const of = async (start: typeof startBare): Promise<IdleMemory> => {
    const server = await start(run);
    run.say(`idle connections, ${server.name}`);
    const memory = await measureIdle({ plan: run.plan, generators, server, phase: nextPhase(2) });
    await server.stop();
    return memory;
  };
  return { bare: await of(startBare), baton: await of(startBaton) };
}

type Result = { server: ServerName; which: Plan["cases"][number]; result: CaseResult };

async function measureRounds(
  { plan, say }: Conducting,
  generators: Generators,
  servers: Record<ServerName, ServerProcess>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const which of plan.cases) {
      // Turned round each time: whoever comes second finds a warmer machine.
      const order: ServerName[] = round % 2 === 0 ? ["bare", "baton"] : ["baton", "bare"];
      for (const server of order) {
        const result = await measureCase({ plan, generators, server: servers[server], which, phase: nextPhase(1) });
        results.push({ server, which, result });
        const { closed, open } = result.figures;
        say(
          `round ${round + 1}/${plan.rounds}, ${caseName(which)}, ${server}: ${Math.round(closed.ackedPerSecond)} a second, ` +
            `p50 ${open.p50Ms.toFixed(2)} ms and p99 ${open.p99Ms.toFixed(2)} ms at ${plan.openPerSecond} a second`,
        );
      }
    }
  }
  return results;
}

function seriesOf(results: readonly Result[]): Series[] {
  const series = new Map<string, Series>();
  for (const { server, which, result } of results) {
    for (const loadKind of ["closed", "open"] satisfies LoadKind[]) {
      const key = JSON.stringify([which, loadKind, server]);
      const found = series.get(key) ?? { ...which, loadKind, server, rounds: [] };
      found.rounds.push(result.figures[loadKind]);
      series.set(key, found);
    }
  }
  return [...series.values()];
}

function lastBytes(results: readonly Result[], server: ServerName): CaseResult["bytes"] {
  return results.findLast((result) => result.server === server)?.result.bytes ?? { ack: 0, message: 0 };
}

/** The whole run: servers and generators are started, every case is measured on both servers in turns, all is stopped. */
import type { ServerName } from "./figures/figures.ts";
import type { IdleMemory, LoadKind, Measured, Series } from "./figures/measured.ts";
import { caseName } from "./figures/targets.ts";
import { type Generators, startGenerators } from "./load/generators.ts";
import { type CaseResult, measureCase } from "./measureCase.ts";
import { measureIdle } from "./measureIdle.ts";
import type { Plan } from "./plan.ts";
import type { ServerProcess, Surroundings } from "./servers/serverProcess.ts";
import { startBare } from "./servers/startBare.ts";
import { startBaton } from "./servers/startBaton.ts";

export type Conducting = Surroundings & { plan: Plan; say: (line: string) => void };

export async function conduct(run: Conducting): Promise<Measured> {
  const generators = startGenerators(run.plan.generators);
  run.undo.push(() => generators.stop());
  const idle = await measureBothIdle(run, generators);
  const servers = await startBoth(run);
  const results = await measureRounds(run, generators, servers);
  return {
    series: seriesOf(results),
    idle,
    bytes: { bare: lastBytes(results, "bare"), baton: lastBytes(results, "baton") },
    checkedMessages: results.reduce((sum, { result }) => sum + result.checkedMessages, 0),
  };
}

async function startBoth(run: Conducting): Promise<Record<ServerName, ServerProcess>> {
  return { bare: await startBare(run), baton: await startBaton(run) };
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

let phases = 0;
/** Numbers that make clientIds unique over the run. */
function nextPhase(count: number): number {
  phases += count;
  return phases - count;
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

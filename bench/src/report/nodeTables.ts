/** PURE. The tables of what needs a Postgres and a Redis of its own. */
import type { CrowdResult, NodesFigures, NodesResult, StormResult } from "../figures/measured.ts";
import { STORMS } from "../plan.ts";
import { figure, type Table } from "./table.ts";
import { TIMES, times } from "./tables.ts";

const kilobytes = (bytes: number) => figure(bytes / 1_024, 1);

export function crowdTable(results: readonly CrowdResult[]): Table {
  return {
    head: ["", "bare, connected", "Baton, a session open", "ratio"],
    rows: results.flatMap(({ wanted, held, bare, baton, heldForMs, connected, answer, silent, cores, loopP99Ms }) => [
      ["planned, held", "–", `${figure(wanted)}, ${figure(held)}`, "–"],
      memoryRow("resident KB each", bare.residentBytes, baton.residentBytes),
      memoryRow("heap KB each", bare.heapBytes, baton.heapBytes),
      [`still connected after ${figure(heldForMs / 1_000)} s`, "–", figure(connected), "–"],
      ["node's, Postgres', Redis' cores meanwhile", "–", coresOf(cores), "–"],
      ["event loop p99 ms meanwhile", "–", figure(loopP99Ms, 1), "–"],
      ["answered, silent", "–", `${figure(answer.count)}, ${figure(silent)}`, "–"],
      ["answer p50, p99 ms", "–", `${figure(answer.p50Ms, 2)}, ${figure(answer.p99Ms, 2)}`, "–"],
    ]),
  };
}

function memoryRow(what: string, bare: number, baton: number): string[] {
  return [what, kilobytes(bare), kilobytes(baton), figure(baton / bare, 2)];
}

function coresOf({ node, postgres, redis }: CrowdResult["cores"]): string {
  return [node, postgres, redis].map((cores) => figure(cores, 2)).join(", ");
}

export function stormTable(results: readonly StormResult[]): Table {
  const head = ["clients", "what happened", "until", ...TIMES, "in 30 s", "failed tries", "loop p99 ms", "node µs"];
  return {
    head: [...head, "Postgres µs", "Redis µs"],
    rows: results.flatMap(({ how, clients, back, open, backIn30s, failedTries, loop, micros }) => [
      [
        ...[figure(clients), STORMS[how], "back and synced", ...times(back)],
        ...[`${figure((100 * backIn30s) / clients, 1)} %`, figure(failedTries), figure(loop.p99Ms, 1)],
        ...[figure(micros.node), figure(micros.postgres), figure(micros.redis)],
      ],
      [figure(clients), STORMS[how], "`session:open` alone", ...times(open), ...Array.from({ length: 6 }, () => "–")],
    ]),
  };
}

export function nodesTable(results: readonly NodesResult[]): Table {
  return {
    head: [
      ...["setup", "users", "acked/s", "p50 ms", "p99 ms", "nodes µs", "Postgres µs", "Redis µs"],
      ...["acked for a CPU second of the nodes", "of everything"],
    ],
    rows: results.flatMap(({ users, figures }) => figures.map((one) => nodesRow(one, users))),
  };
}

function nodesRow({ setup, ackedPerSecond, p50Ms, p99Ms, micros }: NodesFigures, users: number): string[] {
  const { nodes, postgres, redis } = micros;
  // Of a setup without Redis: it runs all the same, and has nothing to do.
  const isWithRedis = setup !== "one node, no Redis";
  return [
    ...[setup, figure(users), figure(ackedPerSecond), figure(p50Ms, 2), figure(p99Ms, 2)],
    ...[figure(nodes, 1), figure(postgres, 1), isWithRedis ? figure(redis, 1) : "–"],
    ...[figure(1_000_000 / nodes), figure(1_000_000 / (nodes + postgres + (isWithRedis ? redis : 0)))],
  ];
}

export function hearingTable(results: readonly NodesResult[]): Table {
  return {
    head: ["heard a second", "heard", "µs each", "cores while nobody writes"],
    rows: results.map(({ hearing: { perSecond, heard, micros, idleCores } }) => [
      ...[figure(perSecond), figure(heard), figure(micros, 1), figure(idleCores, 3)],
    ]),
  };
}

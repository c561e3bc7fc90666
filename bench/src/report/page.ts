/** PURE. docs/reports/bench.md: the run for people. */
import type { Measured, Row } from "../figures/measured.ts";
import type { Target } from "../figures/targets.ts";
import type { Machine } from "../machine.ts";
import type { Plan } from "../plan.ts";
import { type Section, sectionsOf } from "./sections.ts";
import { figure, markdownTable } from "./table.ts";

export type Report = { machine: Machine; plan: Plan; measured: Measured; rows: Row[]; targets: Target[] };

export function pageOf(report: Report): string {
  const { machine, plan, measured } = report;
  return `<!-- Written by \`npm run bench -- --write\`. Remarks are in bench/src/report/page.ts. -->

# How fast it is

Baton's \`message:send\`, acknowledged when it is committed in the embedded Postgres with \`fsync\`, beside a bare Socket.IO
server that makes the same deliveries and keeps nothing. Both in one run, on one machine, in turns. Then what only Baton has:
moving to another device, coming back, deadlines; and what crowds, storms and a second node cost, on a Postgres and a Redis of their own.

${aboutRun(machine, plan, measured)}

${sectionsOf(report).map(section).join("\n\n")}

## How to read it

${remarks(plan)}
`;
}

function section({ title, about, table }: Section): string {
  return [`## ${title}`, ...(about === "" ? [] : [about]), markdownTable(table)].join("\n\n");
}

function aboutRun({ node, system, cores, processor, loadBefore }: Machine, plan: Plan, measured: Measured): string {
  return `| | |
|---|---|
| machine | ${system}, ${cores} cores, ${processor}; load and servers on the same one |
| Node | ${node} |
| run | ${plan.rounds} rounds, medians; closed loop ${plan.closedMs / 1_000} s, open ${plan.openMs / 1_000} s, each after ${plan.warmMs / 1_000} s to warm up${plan.quick ? " (**quick**: too short to be quoted)" : ""} |
| load | ${plan.generators === 1 ? "one process" : `${plan.generators} processes`} with hand-written frames over TCP, no Socket.IO client |
| payloads | ack ${measured.bytes.baton.ack} bytes (bare ${measured.bytes.bare.ack}), \`message\` event ${measured.bytes.baton.message} bytes (bare ${measured.bytes.bare.message}) |
| other load on the machine | ${figure(loadBefore, 2)} before the run (1 minute's average) |
| read back | ${figure(measured.checkedMessages)} messages: each acknowledged one is in the database once, in its place |`;
}

function remarks(plan: Plan): string {
  return [
    "- «Alone»: ack, then the `message` event to the writer itself. «Two devices»: each connection's user has a second one that listens, passive as second devices are, so the server holds twice as many connections and makes three deliveries for each message.",
    "- CPU is that of the server's process, of everything Postgres runs, and of the load, divided by the acknowledged messages. The ratio is the median of the rounds' own ratios.",
    "- Load, server and Postgres share the cores. The bare server has one to itself; Baton shares it with its database, so the ratio is lower than that of two machines would be.",
    "- A load that keeps one core busy would measure itself: see the column of its cores, and `--generators 2`.",
    `- Memory is the growth of resident memory from a warm start to ${figure(plan.idleConnections)} connections, after collecting garbage. Heap is what V8 and Node's buffers hold of it, and varies less. Postgres is not in it.`,
    "- «Not judged»: the machine could not show it. A process that may open 20,000 files holds a few less connections than that.",
    "- Limits on messages and connections are raised out of the way in a configuration of the run's own; nothing else is.",
    "- Both servers are started with Node's `--max-semi-space-size=64`, as `npm start` and the image do: docs/decisions/0018.",
  ].join("\n");
}

/** PURE. docs/reports/bench.md: the run for people. */
import type { Measured, Row } from "../figures/measured.ts";
import type { Target } from "../figures/targets.ts";
import type { Machine } from "../machine.ts";
import type { Plan } from "../plan.ts";
import { figure, markdownTable } from "./table.ts";
import { idleTable, loadTable, targetTable } from "./tables.ts";

export type Report = { machine: Machine; plan: Plan; measured: Measured; rows: Row[]; targets: Target[] };

export function pageOf({ machine, plan, measured, rows, targets }: Report): string {
  return `<!-- Written by \`npm run bench -- --write\`. Remarks are in bench/src/report/page.ts. -->

# How fast it is

Baton's \`message:send\`, acknowledged when it is committed in the embedded Postgres with \`fsync\`, beside a bare Socket.IO
server that makes the same deliveries and keeps nothing. Both in one run, on one machine, in turns.

${aboutRun(machine, plan, measured)}

## As fast as it goes

Each connection has one message on its way; the next one follows its ack. Where so many wait, p50 and p99 are how long the queue
is, not how quick the server: for that see the next table.

${markdownTable(loadTable(rows, "closed"))}

## At ${figure(plan.openPerSecond)} messages a second

Sent when due, whatever the server does, and timed from the moment they were due: a timer that fires a little late, up to a
millisecond, is in every figure of both servers.

${markdownTable(loadTable(rows, "open"))}

## An idle connection

${markdownTable(idleTable(measured.idle))}

## Against what was promised

${markdownTable(targetTable(targets))}

## How to read it

${remarks(measured)}
`;
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

function remarks({ idle }: Measured): string {
  return [
    "- «Alone»: ack, then the `message` event to the writer itself. «Two devices»: each connection's user has a second one that listens, so the server holds twice as many connections and makes three deliveries for each message.",
    "- CPU is that of the server's process, of everything Postgres runs, and of the load, divided by the acknowledged messages. The ratio is the median of the rounds' own ratios.",
    "- Load, server and Postgres share the cores. The bare server has one to itself; Baton shares it with its database, so the ratio is lower than that of two machines would be.",
    "- A load that keeps one core busy would measure itself: see the column of its cores, and `--generators 2`.",
    `- Memory is the growth of resident memory from a warm start to ${figure(idle.baton.connections)} connections, after collecting garbage. Heap is what V8 and Node's buffers hold of it, and varies less. Postgres is not in it.`,
    "- Limits on messages and connections are raised out of the way in a configuration of the run's own; nothing else is.",
  ].join("\n");
}

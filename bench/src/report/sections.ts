/** PURE. What a run has to show, in order: for the terminal and for the page. What was not measured has no section. */
import { OTHERS } from "../stalledPlan.ts";
import { crowdTable, hearingTable, nodesTable, stormTable } from "./nodeTables.ts";
import type { Report } from "./page.ts";
import { stalledTable } from "./stalledTable.ts";
import { figure, type Table } from "./table.ts";
import { deadlineTable, idleTable, loadTable, openTable, takeoverTable, targetTable } from "./tables.ts";

/** `about`: Markdown, what a reader has to know before the figures. */
export type Section = { title: string; about: string; table: Table };

const ABOUT = {
  closed: `Each connection has one message on its way; the next one follows its ack. Where so many wait, p50 and p99 are how long the queue
is, not how quick the server: for that see the next table.`,
  open: `Sent when due, whatever the server does, and timed from the moment they were due: a timer that fires a little late, up to a
millisecond, is in every figure of both servers.`,
  takeovers: `Two devices of each user, in turn, each user at most three times a minute, as the damping allows; all presses spread evenly.
Timed from the moment when the press was due. The conversation goes on in an open session, which the takeover moves along.`,
  opens: `People who left a session of 100 messages open it again with the rev they know. Every answer is checked: what was missed,
all of it, in order, and not \`reset\`. A returning person stays until it is their turn again.`,
  deadlines: `Put into the tables by SQL before the first is due: half are warnings, a quarter soft and a quarter hard expiries, in turns. What
is late is noted by a trigger that the bench installs for it, deferred to the COMMIT: the flush that follows, about a millisecond, is not
in it, and what the trigger costs is. All rows are read back: each is what its deadline makes of it, changed once. Where nodes were
killed there are two, on one Postgres and one Redis: every so often one of them gets SIGKILL, in turns, and is started again at once.`,
  crowd: `One node on a Postgres and a Redis of their own. Each visitor has connected, opened, and written one message: a session that is open,
its baton held and its lease renewed every 10 s, and nothing more is said. Memory is the growth by each visitor after the first tenth, beside bare
Socket.IO connections. After the time given each of them sends \`sync\`; every answer is compared with what they left.`,
  storms: `Visitors with an open session of two messages on one of two nodes. «Cut»: all their connections end at once and they come back to the same
node, which sees them leave and arrive together. Then that node gets SIGKILL, and they come to the other one, which knows none of them. They come as widgets do: after a
random part of a second, 10 s for connecting, 10 s for \`session:open\`, after a failure again with twice the pause. Back is who was told the message they
missed, timed from the first connection's end. «Loop» is the event loop's lag of the node they come to, as \`/metrics\` tells it for this time.`,
  stalled: `One node. People whose first device writes; their other devices hear it, and then stall: they take nothing from their sockets any more.
500 × 100 messages a second cannot all be committed here. So the messages are long, 8,000 letters: five a second, as many as a user may write, are as many bytes as
100 a second of the usual length; and where there are 500 readers, five of them are one person's, who share one commit. The kernel gives each connection on the loopback
buffers of 4 MB or so, which nobody's five a second fill: there the heartbeat misses the readers first. On a longer way the buffers are
smaller, and more waits in the node: so fewer readers, each of another person, are told much more, until the node has to keep it and sends them away. Beside them ${OTHERS.people} people write
${OTHERS.perSecondEach} a second each. The same load runs first while all read. Every ack and every delivery to whoever reads is waited for and counted, and all sessions are read back
afterwards. Memory is seen from outside ten times a second, with the garbage that is in it.`,
  nodes: `As fast as it goes, two devices of each user, all on the same Postgres. With two nodes the devices of a user are on different ones, and writers are on both: each message
crosses the bus. One processor serves everything here, so what counts is the processor's time for each acknowledged message.`,
  hearing: `People write on one node; the other one has nobody for what it hears. Its time, less what it takes while nobody writes.`,
};

export function sectionsOf({ plan, rows, measured, targets }: Report): Section[] {
  const { idle, takeovers, opens, deadlines, crowds, storms, stalled, nodes } = measured;
  const perSecond = figure(plan.openPerSecond);
  const sections: (Section | false | undefined)[] = [
    rows.length > 0 && { title: "As fast as it goes", about: ABOUT.closed, table: loadTable(rows, "closed") },
    rows.length > 0 && {
      title: `At ${perSecond} messages a second`,
      about: ABOUT.open,
      table: loadTable(rows, "open"),
    },
    takeovers.length > 0 && {
      title: "Moving to the other device",
      about: ABOUT.takeovers,
      table: takeoverTable(takeovers),
    },
    opens.length > 0 && { title: "Coming back", about: ABOUT.opens, table: openTable(opens) },
    deadlines.length > 0 && { title: "Deadlines", about: ABOUT.deadlines, table: deadlineTable(deadlines) },
    storms.length > 0 && { title: "A storm", about: ABOUT.storms, table: stormTable(storms) },
    stalled.length > 0 && { title: "Readers that do not read", about: ABOUT.stalled, table: stalledTable(stalled) },
    nodes.length > 0 && { title: "Two nodes against one", about: ABOUT.nodes, table: nodesTable(nodes) },
    nodes.length > 0 && { title: "Hearing another node", about: ABOUT.hearing, table: hearingTable(nodes) },
    crowds.length > 0 && { title: "A crowd that says nothing", about: ABOUT.crowd, table: crowdTable(crowds) },
    idle && { title: "An idle connection", about: "", table: idleTable(idle) },
    targets.length > 0 && { title: "Against what was promised", about: "", table: targetTable(targets) },
  ];
  return sections.filter((section) => section !== false && section !== undefined);
}

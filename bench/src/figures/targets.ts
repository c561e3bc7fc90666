/** PURE. What was promised of the figures, and which of it holds in this run. */
import { caseName, deadlineName, openName } from "../plan.ts";
import type { DeadlineResult, IdleMemory, Measured, OpenResult, Row } from "./measured.ts";

export type Target = {
  claim: string;
  measured: string;
  atLeast: string;
  aim: string;
  holds: boolean;
  reachesAim: boolean;
};

const RATIO = { atLeast: 0.4, aim: 0.65 };
const ACK_MS = { p50: { atMost: 5, aim: 2 }, p99: { atMost: 60, aim: 20 } };
const MEMORY = { atMost: 2, aim: 1.5 };
/** Of the p50 only an aim was promised. */
const OPEN_MS = { p50: { atMost: 300, aim: 15 }, p99: { atMost: 300, aim: 100 } };
const LATE_P99_MS = 1_500;

/** Of takeovers nothing was promised in figures. */
type Judged = Pick<Measured, "idle" | "opens" | "deadlines">;

export function targetsOf(rows: readonly Row[], { idle, opens, deadlines }: Judged): Target[] {
  return [
    ...rows.filter((row) => row.loadKind === "closed").map(ratioTarget),
    ...rows.filter((row) => row.loadKind === "open").flatMap(ackTargets),
    ...(idle ? [memoryTarget(idle)] : []),
    ...opens.flatMap(openTargets),
    ...deadlines.flatMap(deadlineTargets),
  ];
}

function ratioTarget(row: Row): Target {
  return {
    claim: `acknowledged a second, Baton / bare: ${caseName(row)}`,
    measured: row.ratio.toFixed(2),
    atLeast: `≥ ${RATIO.atLeast}`,
    aim: `≥ ${RATIO.aim}`,
    holds: row.ratio >= RATIO.atLeast,
    reachesAim: row.ratio >= RATIO.aim,
  };
}

const PERCENTILES = ["p50", "p99"] as const;

function ackTargets(row: Row): Target[] {
  return PERCENTILES.map((name) =>
    timeTarget(`ack at 1,000 messages a second, ${name}: ${caseName(row)}`, row.baton[`${name}Ms`], ACK_MS[name]),
  );
}

function openTargets(result: OpenResult): Target[] {
  return PERCENTILES.map((name) => timeTarget(`${openName(result)}: ${name}`, result.open[`${name}Ms`], OPEN_MS[name]));
}

function deadlineTargets(result: DeadlineResult): Target[] {
  const name = deadlineName(result);
  const none = (what: "missing" | "twice"): Target => ({
    claim: `${name}: ${what}`,
    measured: result[what].toLocaleString("en"),
    atLeast: "0",
    aim: "0",
    holds: result[what] === 0,
    reachesAim: result[what] === 0,
  });
  const late = timeTarget(`${name}: p99 late`, result.late.p99Ms, { atMost: LATE_P99_MS, aim: LATE_P99_MS });
  return [none("missing"), none("twice"), late];
}

function timeTarget(claim: string, ms: number, { atMost, aim }: { atMost: number; aim: number }): Target {
  return {
    claim,
    measured: `${ms.toFixed(2)} ms`,
    atLeast: `≤ ${atMost.toLocaleString("en")} ms`,
    aim: `≤ ${aim.toLocaleString("en")} ms`,
    holds: ms <= atMost,
    reachesAim: ms <= aim,
  };
}

/** By the less favourable of the two: what a warm process had free already is not in its resident growth. */
function memoryTarget({ bare, baton }: { bare: IdleMemory; baton: IdleMemory }): Target {
  const ratio = Math.max(baton.residentBytes / bare.residentBytes, baton.heapBytes / bare.heapBytes);
  return {
    claim: "memory of an idle, opened visitor, Baton / bare: the larger of resident and heap",
    measured: ratio.toFixed(2),
    atLeast: `≤ ${MEMORY.atMost}`,
    aim: `≤ ${MEMORY.aim}`,
    holds: ratio <= MEMORY.atMost,
    reachesAim: ratio <= MEMORY.aim,
  };
}

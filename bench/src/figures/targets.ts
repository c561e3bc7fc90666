/** PURE. What was promised of the figures, and which of it holds in this run. */
import { caseName, crowdName, deadlineName, openName, STORMS, stormName } from "../plan.ts";
import { readersOf, stalledName } from "../stalledPlan.ts";
import type {
  CrowdResult,
  DeadlineResult,
  IdleMemory,
  Measured,
  OpenResult,
  Row,
  StalledResult,
  StormResult,
} from "./measured.ts";
import { stallBytes } from "./stalledFigures.ts";

export type Target = {
  claim: string;
  measured: string;
  atLeast: string;
  aim: string;
  holds: boolean;
  reachesAim: boolean;
  /** Why this machine cannot tell. */
  untold?: string;
};

const RATIO = { atLeast: 0.4, aim: 0.65 };
const ACK_MS = { p50: { atMost: 5, aim: 2 }, p99: { atMost: 60, aim: 20 } };
const MEMORY = { atMost: 2, aim: 1.5 };
/** Of the p50 only an aim was promised. */
const OPEN_MS = { p50: { atMost: 300, aim: 15 }, p99: { atMost: 300, aim: 100 } };
const LATE_P99_MS = 1_500;
const SESSIONS = { atLeast: 20_000, aim: 50_000 };
const ANSWERING = { atMost: 0, aim: 0 };
/** 99 of 100 are back and synced. */
const BACK_P99_MS = { atMost: 30_000, aim: 15_000 };
/** Only an aim was promised. */
const LOOP_P99_MS = { atMost: Number.POSITIVE_INFINITY, aim: 100 };

/** What 500 of them cost together. «Unchanged»: two runs of the same differ by as much. */
const STALLED = { readers: 500, fewest: 50, atMostMb: 300, aimMb: 50, othersTimes: 1.5 };

/** Of takeovers, and of two nodes against one, nothing was promised in figures. */
type Judged = Pick<Measured, "idle" | "opens" | "deadlines" | "crowds" | "storms" | "stalled">;

export function targetsOf(rows: readonly Row[], { idle, opens, deadlines, crowds, storms, stalled }: Judged): Target[] {
  return [
    ...rows.filter((row) => row.loadKind === "closed").map(ratioTarget),
    ...rows.filter((row) => row.loadKind === "open").flatMap(ackTargets),
    ...(idle ? [memoryTarget("an idle, opened visitor", idle, MEMORY.atMost)] : []),
    ...opens.flatMap(openTargets),
    ...deadlines.flatMap(deadlineTargets),
    ...crowds.flatMap(crowdTargets),
    ...storms.flatMap(stormTargets),
    ...stalled.flatMap(stalledTargets),
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

function crowdTargets({ wanted, held, silent, connected, bare, baton }: CrowdResult): Target[] {
  const name = crowdName({ sessions: held });
  const lost = Math.max(silent, held - connected);
  const untold = lost > 0 || held >= SESSIONS.atLeast ? undefined : whyNoMore(held, wanted);
  return [
    {
      claim: "idle sessions held by one node",
      measured: count(held - lost),
      atLeast: `≥ ${count(SESSIONS.atLeast)}`,
      aim: `≥ ${count(SESSIONS.aim)}`,
      holds: held - lost >= SESSIONS.atLeast,
      reachesAim: held - lost >= SESSIONS.aim,
      ...(untold !== undefined && { untold }),
    },
    {
      claim: `${name}: connection lost, or no answer`,
      measured: count(lost),
      atLeast: count(ANSWERING.atMost),
      aim: count(ANSWERING.aim),
      holds: lost <= ANSWERING.atMost,
      reachesAim: lost <= ANSWERING.aim,
    },
    memoryTarget(`${name}, each`, { bare, baton }, Number.POSITIVE_INFINITY),
  ];
}

function whyNoMore(held: number, wanted: number): string {
  return held < wanted ? "as many as the open files allow that a process may have here" : "no more were tried";
}

function stormTargets({ how, clients, back, loop }: StormResult): Target[] {
  const name = `${stormName({ clients })}, ${STORMS[how]}`;
  return [
    timeTarget(`${name}: 99 % back and synced`, back.p99Ms, BACK_P99_MS),
    timeTarget(`${name}: the node's event loop, p99`, loop.p99Ms, LOOP_P99_MS),
  ];
}

function stalledTargets(result: StalledResult): Target[] {
  const name = stalledName(result);
  const { reading, stalled } = result;
  const readers = readersOf(result);
  const megabytes = (stallBytes(result) ?? Number.NaN) / 1_048_576;
  const untold = whyNotStalled(readers, megabytes);
  // Fewer stand for as many as were promised.
  const measured = (megabytes * STALLED.readers) / readers;
  const asMany = readers === STALLED.readers ? "" : `, as ${STALLED.readers} of them`;
  const aimMs = Math.round(reading.others.p99Ms * STALLED.othersTimes * 10) / 10;
  return [
    {
      claim: `${name}: the node's memory above that while they read${asMany}`,
      measured: `${measured.toFixed(1)} MB`,
      atLeast: `≤ ${STALLED.atMostMb} MB`,
      aim: `≤ ${STALLED.aimMb} MB`,
      holds: measured <= STALLED.atMostMb,
      reachesAim: measured <= STALLED.aimMb,
      ...(untold !== undefined && { untold }),
    },
    timeTarget(`${name}: others' ack p99`, stalled.others.p99Ms, { atMost: Number.POSITIVE_INFINITY, aim: aimMs }),
  ];
}

function whyNotStalled(readers: number, megabytes: number): string | undefined {
  if (Number.isNaN(megabytes)) return "the system does not tell a process's memory";
  return readers < STALLED.fewest ? `${count(readers)} are too few to stand for ${count(STALLED.readers)}` : undefined;
}

const count = (value: number): string => value.toLocaleString("en");

function timeTarget(claim: string, ms: number, { atMost, aim }: { atMost: number; aim: number }): Target {
  return {
    claim,
    measured: `${ms.toFixed(2)} ms`,
    atLeast: Number.isFinite(atMost) ? `≤ ${count(atMost)} ms` : "–",
    aim: `≤ ${count(aim)} ms`,
    holds: ms <= atMost,
    reachesAim: ms <= aim,
  };
}

/** By the less favourable of the two: what a warm process had free already is not in its resident growth. */
function memoryTarget(of: string, { bare, baton }: { bare: IdleMemory; baton: IdleMemory }, atMost: number): Target {
  const ratio = Math.max(baton.residentBytes / bare.residentBytes, baton.heapBytes / bare.heapBytes);
  return {
    claim: `memory of ${of}, Baton / bare: the larger of resident and heap`,
    measured: ratio.toFixed(2),
    atLeast: Number.isFinite(atMost) ? `≤ ${atMost}` : "–",
    aim: `≤ ${MEMORY.aim}`,
    holds: ratio <= atMost,
    reachesAim: ratio <= MEMORY.aim,
  };
}

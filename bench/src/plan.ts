/** What one run measures, and for how long. PURE. */
import type { Load } from "./load/drive.ts";
import { STALLED_FULL, STALLED_QUICK, type StalledPlan, stalledName } from "./stalledPlan.ts";

export type Case = {
  readonly connections: number;
  /** 2: each user has a second device that listens. */
  readonly devices: 1 | 2;
};

/** Two devices of each user in turn press «Continue here». */
export type TakeoverPlan = {
  readonly users: number;
  /** Of each user: the fourth within a minute would wait for the damping. */
  readonly pressesEach: 1 | 2 | 3;
  readonly overMs: number;
  /** Written by others meanwhile; 0: at rest. */
  readonly messagesPerSecond: number;
  readonly writers: number;
};

/** People with a session open again, at a steady pace. */
export type OpenPlan = {
  readonly users: number;
  readonly messagesEach: number;
  readonly missed: number;
  readonly perSecond: number;
  readonly overMs: number;
};

/** So many due, evenly over so long. */
export type DeadlinePlan = {
  readonly count: number;
  readonly overMs: number;
  /** Two nodes, of which one is killed so often, in turns, and started again; undefined: one node, and nobody dies. */
  readonly killEveryMs?: number;
};

/** So many sessions that nobody writes in, held for so long; then everyone asks something. */
export type CrowdPlan = { readonly sessions: number; readonly holdMs: number; readonly askPerSecond: number };

/** So many are cut off at once, twice: all come back to the same node, then to another one because theirs was killed. */
export type StormPlan = { readonly clients: number; readonly withinMs: number };

/** The same load on one node and on two; then how much a node costs that only hears the other. */
export type NodesPlan = {
  readonly users: number;
  readonly rounds: number;
  readonly measureMs: number;
  readonly hearing: { readonly perSecond: number; readonly overMs: number };
};

export type Plan = {
  readonly quick: boolean;
  /** Each case so many times on each server, in turns: bare, Baton, Baton, bare, … */
  readonly rounds: number;
  readonly cases: readonly Case[];
  readonly generators: number;
  readonly warmMs: number;
  readonly closedMs: number;
  readonly openMs: number;
  readonly openPerSecond: number;
  /** 0: memory is not measured. */
  readonly idleConnections: number;
  readonly takeovers: readonly TakeoverPlan[];
  readonly opens: readonly OpenPlan[];
  readonly deadlines: readonly DeadlinePlan[];
  readonly crowds: readonly CrowdPlan[];
  readonly storms: readonly StormPlan[];
  readonly stalled: readonly StalledPlan[];
  readonly nodes: readonly NodesPlan[];
  /** The whole run is given up after this. */
  readonly withinMs: number;
};

const CASES: readonly Case[] = [
  { connections: 100, devices: 1 },
  { connections: 1_000, devices: 1 },
  { connections: 100, devices: 2 },
  { connections: 1_000, devices: 2 },
];

const FULL = {
  rounds: 3,
  warmMs: 1_500,
  closedMs: 4_000,
  openMs: 5_000,
  idleConnections: 4_000,
  takeovers: takeovers({ pressesEach: 3, overMs: 20_000 }),
  opens: [{ users: 1_000, messagesEach: 100, missed: 50, perSecond: 200, overMs: 15_000 }],
  deadlines: [
    // As many a second as of the others, without the minute.
    { count: 25_000, overMs: 15_000 },
    { count: 100_000, overMs: 60_000, killEveryMs: 5_000 },
  ],
  crowds: [{ sessions: 20_000, holdMs: 40_000, askPerSecond: 2_000 }],
  storms: [{ clients: 10_000, withinMs: 60_000 }],
  stalled: STALLED_FULL,
  nodes: [{ users: 200, rounds: 3, measureMs: 2_500, hearing: { perSecond: 3_000, overMs: 6_000 } }],
  withinMs: 30 * 60_000,
};
const QUICK = {
  rounds: 1,
  warmMs: 500,
  closedMs: 1_000,
  openMs: 1_000,
  idleConnections: 1_000,
  takeovers: takeovers({ pressesEach: 1, overMs: 4_000 }),
  opens: [{ users: 200, messagesEach: 100, missed: 50, perSecond: 200, overMs: 2_000 }],
  deadlines: [
    { count: 5_000, overMs: 6_000 },
    { count: 20_000, overMs: 12_000, killEveryMs: 5_000 },
  ],
  crowds: [{ sessions: 1_000, holdMs: 2_000, askPerSecond: 1_000 }],
  storms: [{ clients: 1_000, withinMs: 60_000 }],
  stalled: STALLED_QUICK,
  nodes: [{ users: 100, rounds: 1, measureMs: 1_000, hearing: { perSecond: 1_000, overMs: 2_000 } }],
  withinMs: 5 * 60_000,
};

function takeovers(of: Pick<TakeoverPlan, "pressesEach" | "overMs">): readonly TakeoverPlan[] {
  return [0, 500].map((messagesPerSecond) => ({ ...of, users: 200, writers: 100, messagesPerSecond }));
}

export type Asked = { quick: boolean; generators: number; only?: string | undefined };

/** @throws when `only` leaves nothing to measure */
export function planOf({ quick, generators, only }: Asked): Plan {
  const whole: Plan = { quick, generators, cases: CASES, openPerSecond: 1_000, ...(quick ? QUICK : FULL) };
  return only === undefined ? whole : restricted(whole, only);
}

function restricted(plan: Plan, only: string): Plan {
  const isMeant = (name: string): boolean => name.toLowerCase().includes(only.toLowerCase());
  if (!namesOf(plan).some(isMeant)) {
    throw new Error(`--only ${only} names nothing that is measured. There are:\n  ${namesOf(plan).join("\n  ")}`);
  }
  return {
    ...plan,
    cases: plan.cases.filter((one) => isMeant(caseName(one))),
    idleConnections: isMeant(IDLE) ? plan.idleConnections : 0,
    takeovers: plan.takeovers.filter((one) => isMeant(takeoverName(one))),
    opens: plan.opens.filter((one) => isMeant(openName(one))),
    deadlines: plan.deadlines.filter((one) => isMeant(deadlineName(one))),
    crowds: plan.crowds.filter((one) => isMeant(crowdName(one))),
    storms: plan.storms.filter((one) => isMeant(stormName(one))),
    stalled: plan.stalled.filter((one) => isMeant(stalledName(one))),
    nodes: plan.nodes.filter(() => isMeant(NODES)),
  };
}

const IDLE = "idle connections";
export const NODES = "two nodes against one";

/** Of everything that this plan measures. */
export function namesOf(plan: Plan): string[] {
  return [
    IDLE,
    ...plan.cases.map(caseName),
    ...plan.takeovers.map(takeoverName),
    ...plan.opens.map(openName),
    ...plan.deadlines.map(deadlineName),
    ...plan.crowds.map(crowdName),
    ...plan.storms.map(stormName),
    ...plan.stalled.map(stalledName),
    ...plan.nodes.map(() => NODES),
  ];
}

const number = (value: number): string => value.toLocaleString("en");

export function caseName({ connections, devices }: Case): string {
  return `${number(connections)} connections, ${devices === 1 ? "alone" : "two devices"}`;
}

export function takeoverName({ messagesPerSecond }: Pick<TakeoverPlan, "messagesPerSecond">): string {
  return messagesPerSecond === 0
    ? "takeover, at rest"
    : `takeover, amid ${number(messagesPerSecond)} messages a second`;
}

export function openName({ missed, perSecond }: Pick<OpenPlan, "missed" | "perSecond">): string {
  return `open with ${number(missed)} missed messages, ${number(perSecond)} a second`;
}

export function deadlineName({ count, overMs, killEveryMs }: DeadlinePlan): string {
  const killing = killEveryMs === undefined ? "" : `, a node killed every ${number(killEveryMs / 1_000)} s`;
  return `${number(count)} deadlines due within ${number(overMs / 1_000)} s${killing}`;
}

export function crowdName({ sessions }: Pick<CrowdPlan, "sessions">): string {
  return `${number(sessions)} idle sessions on one node`;
}

export function stormName({ clients }: Pick<StormPlan, "clients">): string {
  return `a storm: ${number(clients)} clients dropped at once`;
}

/** What became of their node. */
export const STORMS = { cut: "back to the same node", killed: "their node killed" };

/** The loads of a case, one after the other on the same connections. */
export function loadsOf(plan: Plan): readonly { load: Load; measureMs: number }[] {
  return [
    { load: { kind: "closed" }, measureMs: plan.closedMs },
    { load: { kind: "open", perSecond: plan.openPerSecond }, measureMs: plan.openMs },
  ];
}

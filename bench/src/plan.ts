/** What one run measures, and for how long. PURE. */
import type { Load } from "./load/drive.ts";

export type Case = {
  readonly connections: number;
  /** 2: each user has a second device that listens. */
  readonly devices: 1 | 2;
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
  readonly idleConnections: number;
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
  withinMs: 20 * 60_000,
};
const QUICK = { rounds: 1, warmMs: 500, closedMs: 1_000, openMs: 1_000, idleConnections: 1_000, withinMs: 3 * 60_000 };

export function planOf({ quick, generators }: { quick: boolean; generators: number }): Plan {
  return { quick, generators, cases: CASES, openPerSecond: 1_000, ...(quick ? QUICK : FULL) };
}

/** The loads of a case, one after the other on the same connections. */
export function loadsOf(plan: Plan): readonly { load: Load; measureMs: number }[] {
  return [
    { load: { kind: "closed" }, measureMs: plan.closedMs },
    { load: { kind: "open", perSecond: plan.openPerSecond }, measureMs: plan.openMs },
  ];
}

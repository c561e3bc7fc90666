/** What a drill finds, as data: the scenarios make it, words.ts says it. */
import type { Resumption } from "@baton/shared/visitor/shapes";
import type { Fault, ViewFault } from "./judge.ts";

export const SCENARIOS = [
  "abruptDisconnect",
  "threeRefreshes",
  "twoDevices",
  "sixtyDaysAway",
  "corruptCache",
  "redisGone",
] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** What was looked at, and the figures its sentence needs. Durations in ms. */
export type Seen = {
  acks: { sent: number; acked: number; repeats: number };
  transcript: { own: number; places: number; faults: readonly Fault[] };
  page: { device: string; messages: number; faults: readonly ViewFault[] };
  sameSession: { openings: number; elsewhere: number };
  ownBaton: { openings: number; without: number };
  rivals: { told: number };
  comingBack: { slowestMs: number };
  drafts: { openings: number; lost: number };
  elapsed: { refreshes: number; ms: number; withinMs: number };
  secondDevice: { expected: "watches" | "active"; isActive: boolean; toldOf: string | undefined };
  secondSees: { of: number; missing: number };
  writesOfWatchers: { of: number; accepted: number; otherCodes: readonly string[] };
  live: { of: number; unheard: number; slowestMs: number };
  takeovers: { of: number; failed: number };
  losersTold: { of: number; untold: number };
  amidTakeover: { acked: number; refused: number };
  repeatByLoser: { of: number; otherwise: number };
  carriedDraft: { arrived: boolean };
  oneHolder: { holders: number; epochs: readonly number[] };
  clock: { movedMs: number };
  samePerson: { same: boolean };
  resumption: { awayMs: number; primeWindowMs: number; expected: Resumption["kind"]; found: Resumption["kind"] };
  oldSession: { listed: boolean; state: string | undefined };
  oldWords: { of: number; whole: number; purged: number; otherwise: number };
  newSession: { isNew: boolean; seq: number; rev: number };
  valuesFound: { kinds: readonly string[] };
  damage: { values: number; rounds: number; left: readonly string[] };
  outage: { how: "killed" | "paused"; ms: number; lastedAll: boolean };
  newcomer: { acked: boolean };
  advised: { of: number; untold: number };
  lockBack: { found: boolean };
  broke: { error: string };
};

export type Finding = {
  [K in keyof Seen]: { readonly what: K; readonly held: boolean; readonly seen: Seen[K] };
}[keyof Seen];

/** Why a scenario cannot be tried here. */
export type Need =
  | { readonly what: "testClock"; readonly primeWindowMs: number; readonly hardExpiryMs: number }
  | { readonly what: "tokenOfThatTime" }
  | { readonly what: "oneDevice" }
  | { readonly what: "redisServer" }
  | { readonly what: "redisUrl" }
  | { readonly what: "gatewaysRedis" }
  | { readonly what: "disturb" };

export type Report = {
  readonly name: ScenarioName;
  readonly verdict: "PASS" | "FAIL" | "NOT TRIED";
  readonly findings: readonly Finding[];
  readonly need?: Need;
  readonly ms: number;
};

/** PURE. Nothing found is no pass: a scenario that looked at nothing proves nothing. */
export function verdictOf(findings: readonly Finding[], need: Need | undefined): Report["verdict"] {
  if (findings.some(({ held }) => !held)) return "FAIL";
  if (need) return "NOT TRIED";
  return findings.length > 0 ? "PASS" : "FAIL";
}

/** What a soak has shown, as figures and as a page. PURE. */
import type { Finding, FindingKind } from "../faults/history/check/finding.ts";
import type { Course } from "./courses.ts";

export type Outcome = {
  readonly course: Course["name"];
  readonly words: string;
  readonly seed: number;
  readonly minutes: number;
  readonly cycles: number;
  /** Of each fault, by its name. */
  readonly faults: Readonly<Record<string, number>>;
  readonly people: number;
  readonly sends: number;
  readonly acknowledged: number;
  readonly events: number;
  readonly findings: Readonly<Partial<Record<FindingKind, number>>>;
  /** What was wrong, in words; empty when all was well. */
  readonly troubles: readonly string[];
  /** How long pages took to be at the head again, from when the last fault had healed, ms. */
  readonly recovered: Times;
  /** How long pages were away that lost their line, from the strike until what they had written was acknowledged, ms. */
  readonly returned: Times;
};

export type Times = { readonly pages: number; readonly p50: number; readonly p99: number; readonly max: number };

export type Report = { readonly machine: string; readonly outcomes: readonly Outcome[] };

export function countsOf(findings: readonly Finding[]): Outcome["findings"] {
  const counts: Partial<Record<FindingKind, number>> = {};
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

export function timesOf(times: readonly number[]): Times {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { pages: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

const number = (value: number) => value.toLocaleString("en-US");
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

const COLUMNS = [
  "what",
  "cycles",
  "sends",
  "acknowledged",
  "lost",
  "duplicated",
  "reordered",
  "dual writer",
  "other findings",
  "away: p50, p99, longest",
  "at the head again: p50, p99, longest",
];

function row({ words, cycles, sends, acknowledged, findings, troubles, ...times }: Outcome): string {
  const { lost = 0, duplicated = 0, reordered = 0, "dual writer": dual = 0, ...others } = findings;
  const other = Object.values(others).reduce((sum, count) => sum + count, 0) + troubles.length;
  const counts = [cycles, sends, acknowledged, lost, duplicated, reordered, dual, other].map(number);
  const cells = [words, ...counts, told(times.returned), told(times.recovered)];
  return `| ${cells.join(" | ")} |`;
}

function told({ pages, p50, p99, max }: Times): string {
  return pages === 0 ? "–" : [p50, p99, max].map(seconds).join(", ");
}

/** Where a course has more than one. */
function cyclesByFault({ course, faults }: Outcome): string[] {
  const all = Object.entries(faults);
  if (all.length < 2) return [];
  return ["", `## Cycles of \`${course}\` by fault`, "", ...all.map(([name, count]) => `- ${name}: ${count}`)];
}

export function pageOf({ machine, outcomes }: Report): string {
  return [
    "<!-- Written by `npm run soak`: do not edit. -->",
    "# Soak",
    "Real nodes as processes, a real Postgres, a real Redis, and people who write, repeat what was not answered, change devices and come back to another node.",
    "All that they said and heard is recorded; the checker of `e2e/faults/history` reads it beside the final database. It is tested by 83 seeded defects.",
    `Load, nodes, Postgres and Redis on one machine: ${machine}.`,
    "",
    `| ${COLUMNS.join(" | ")} |`,
    `|${COLUMNS.map(() => "---").join("|")}|`,
    ...outcomes.map(row),
    "",
    "«Away» counts from the strike, for each page that lost its line by it, until it was open again and all that it had written by then was acknowledged.",
    "`sends` counts repeats too. «At the head again» counts from when the last fault of a crowd had healed, with people still writing, until a page showed everything and had",
    "nothing left to send.",
    "",
    ...outcomes.map(
      ({ course, seed, minutes, people, events }) =>
        `- \`npm run soak -- --only ${course} --seed ${seed}\`: ${minutes.toFixed(1)} min, ${number(people)} people at a time, ${number(events)} events judged.`,
    ),
    ...outcomes.flatMap(cyclesByFault),
    ...outcomes.flatMap(({ course, troubles }) => troubles.map((words) => `\n**${course}**: ${words}`)),
    "",
  ].join("\n");
}

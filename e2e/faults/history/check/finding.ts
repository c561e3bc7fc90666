/** What the checker found: made by every file here, told by describeFindings. */
import type { HistoryEvent } from "../events.ts";

export type Invariant = `I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15}`;

export type FindingKind =
  | "lost"
  | "duplicated"
  | "reordered"
  | "gap"
  | "stale"
  | "foreign"
  | "altered"
  | "ack differs"
  | "written though refused"
  | "dual writer"
  | "rev fell"
  | "wrong session"
  | "deadline missing"
  | "deadline extra"
  | "deadline early"
  | "deadline late"
  | "behind"
  | "outbox not empty"
  | "unbounded"
  | "gauge not zero"
  | "miscounted"
  | "malformed";

export type Finding = {
  readonly kind: FindingKind;
  readonly invariant: Invariant;
  /** The fewest events that show it, in order. Rows of the database are told in `words`. */
  readonly witness: readonly HistoryEvent[];
  readonly words: string;
};

const SHOWN = 20;

/** For people; empty when all is well. The first of each kind come first, so that one cause is not told a thousand times. */
export function describeFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  const byKind = new Map<string, Finding[]>();
  for (const finding of findings) {
    const name = `${finding.invariant} ${finding.kind}`;
    byKind.set(name, [...(byKind.get(name) ?? []), finding]);
  }
  const counts = [...byKind].map(([name, all]) => `${all.length} × ${name}`);
  const first = [...byKind.values()].flatMap((all) => all.slice(0, 3)).slice(0, SHOWN);
  return [`${findings.length} findings: ${counts.join(", ")}`, ...first.map(describe)].join("\n");
}

function describe({ kind, invariant, witness, words }: Finding): string {
  return [`${invariant} ${kind}: ${words}`, ...witness.map((event) => `    ${JSON.stringify(event)}`)].join("\n");
}

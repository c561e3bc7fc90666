/** PURE. The table of readers that do not read. */
import type { StalledPhase, StalledResult } from "../figures/measured.ts";
import { stallBytes } from "../figures/stalledFigures.ts";
import { readersOf, stalledName } from "../stalledPlan.ts";
import { figure, type Table } from "./table.ts";

export function stalledTable(results: readonly StalledResult[]): Table {
  return {
    head: ["readers", "", "while all read", "while they are stalled"],
    rows: results.flatMap((result) => rowsOf(result).map((row) => [stalledName(result), ...row])),
  };
}

function rowsOf(result: StalledResult): string[][] {
  const { people, reading, stalled, ended, atRest } = result;
  const readers = readersOf(result);
  const both = (what: string, cell: (phase: StalledPhase) => string) => [what, cell(reading), cell(stalled)];
  const kilobytesEach = ({ toldPerSecond, messageBytes }: StalledPhase) =>
    figure((toldPerSecond * messageBytes) / people / 1_024, 1);
  const growth = stallBytes(result);
  return [
    both("acknowledged of what they are told, all, a second", ({ toldPerSecond }) => figure(toldPerSecond)),
    both("KB a second for each", kilobytesEach),
    both("others' ack p50, p99 ms", ({ others }) => `${figure(others.p50Ms, 2)}, ${figure(others.p99Ms, 2)}`),
    both("node's peak resident MB", ({ peakBytes }) => megabytes(peakBytes)),
    [
      "more than while all read: MB, KB for each",
      "–",
      `${megabytes(growth)}, ${figure(over(growth, readers * 1_024), 1)}`,
    ],
    atRestRow("resident MB at rest, before and afterwards", atRest, "residentBytes"),
    atRestRow("heap MB at rest, before and afterwards", atRest, "heapBytes"),
    ["ended by the gateway", "–", `${figure(ended.count)} of ${figure(readers)}`],
    ["ended after s: p50, last", "–", `${seconds(ended.p50Ms)}, ${seconds(ended.mostMs)}`],
  ];
}

function atRestRow(what: string, { before, afterwards }: StalledResult["atRest"], of: keyof typeof before): string[] {
  return [what, megabytes(before[of]), megabytes(afterwards[of])];
}

const megabytes = (bytes: number | undefined) => figure(over(bytes, 1_048_576), 1);
const seconds = (ms: number) => figure(ms / 1_000, 1);

function over(bytes: number | undefined, unit: number): number | undefined {
  return bytes === undefined ? undefined : bytes / unit;
}

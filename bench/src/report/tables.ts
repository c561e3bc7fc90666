/** PURE. The tables of one run. */
import type { Figures } from "../figures/figures.ts";
import type { Latency } from "../figures/latency.ts";
import type { Measured, Row } from "../figures/measured.ts";
import type { Target } from "../figures/targets.ts";
import { caseName, takeoverName } from "../plan.ts";
import { figure, type Table } from "./table.ts";

export function loadTable(rows: readonly Row[], loadKind: Row["loadKind"]): Table {
  const head = [
    "case",
    "server",
    "in flight",
    "acked/s",
    "p50 ms",
    "p99 ms",
    "server µs",
    "Postgres µs",
    "load's cores",
    "ratio",
  ];
  const cells = (row: Row, name: string, figures: Figures): string[] => [
    caseName(row),
    name,
    row.inFlight === undefined ? "–" : figure(row.inFlight),
    figure(figures.ackedPerSecond),
    figure(figures.p50Ms, 2),
    figure(figures.p99Ms, 2),
    figure(figures.serverMicros, 1),
    name === "bare" ? "–" : figure(figures.postgresMicros, 1),
    figure(figures.generatorCores, 2),
    name === "bare" ? "–" : figure(row.ratio, 2),
  ];
  const shown = rows.filter((row) => row.loadKind === loadKind);
  return { head, rows: shown.flatMap((row) => [cells(row, "bare", row.bare), cells(row, "Baton", row.baton)]) };
}

export const TIMES = ["times", "p50 ms", "p99 ms", "most ms"];

export function times({ count, p50Ms, p99Ms, mostMs }: Latency): string[] {
  return [figure(count), figure(p50Ms, 2), figure(p99Ms, 2), figure(mostMs, 2)];
}

export function takeoverTable(results: Measured["takeovers"]): Table {
  return {
    head: ["pressed «Continue here»", "until", ...TIMES],
    rows: results.flatMap((result) => [
      [takeoverName(result), "`lock:changed` on the other device", ...times(result.told)],
      [takeoverName(result), "its own ack", ...times(result.acked)],
    ]),
  };
}

export function openTable(results: Measured["opens"]): Table {
  return {
    head: ["coming back", "missed", "a second", ...TIMES],
    rows: results.flatMap(({ missed, perSecond, open, whole }) => [
      ["`session:open`", figure(missed), figure(perSecond), ...times(open)],
      ["with connecting", figure(missed), figure(perSecond), ...times(whole)],
    ]),
  };
}

export function deadlineTable(results: Measured["deadlines"]): Table {
  return {
    head: [
      "due",
      "within s",
      "took effect",
      "missing",
      "twice",
      "nodes killed",
      "late p50 ms",
      "p99 ms",
      "most ms",
      "server's cores",
      "Postgres'",
    ],
    rows: results.map(({ count, overMs, late, missing, twice, killed, serverCores, postgresCores }) => [
      figure(count),
      figure(overMs / 1_000),
      figure(late.count),
      figure(missing),
      figure(twice),
      figure(killed),
      figure(late.p50Ms, 1),
      figure(late.p99Ms, 1),
      figure(late.mostMs, 1),
      figure(serverCores, 2),
      figure(postgresCores, 2),
    ]),
  };
}

export function idleTable({ bare, baton }: NonNullable<Measured["idle"]>): Table {
  const kilobytes = (bytes: number) => figure(bytes / 1_024, 1);
  return {
    head: ["an idle connection", "count", "resident KB", "heap KB"],
    rows: [
      ["bare, connected", figure(bare.connections), kilobytes(bare.residentBytes), kilobytes(bare.heapBytes)],
      [
        "Baton, an opened visitor",
        figure(baton.connections),
        kilobytes(baton.residentBytes),
        kilobytes(baton.heapBytes),
      ],
      ["ratio", "–", figure(baton.residentBytes / bare.residentBytes, 2), figure(baton.heapBytes / bare.heapBytes, 2)],
    ],
  };
}

export function targetTable(targets: readonly Target[]): Table {
  const verdict = ({ holds, reachesAim, untold }: Target): string =>
    untold !== undefined
      ? `not judged: ${untold}`
      : reachesAim
        ? "holds, aim reached"
        : holds
          ? "holds"
          : "DOES NOT HOLD";
  return {
    head: ["target", "measured", "demanded", "aim", "verdict"],
    rows: targets.map((target) => [target.claim, target.measured, target.atLeast, target.aim, verdict(target)]),
  };
}

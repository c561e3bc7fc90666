/** PURE. The tables of one run. */
import type { Figures } from "../figures/figures.ts";
import type { Measured, Row } from "../figures/measured.ts";
import { caseName, type Target } from "../figures/targets.ts";
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

export function idleTable({ bare, baton }: Measured["idle"]): Table {
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
  const verdict = ({ holds, reachesAim }: Target): string =>
    reachesAim ? "holds, aim reached" : holds ? "holds" : "DOES NOT HOLD";
  return {
    head: ["target", "measured", "demanded", "aim", "verdict"],
    rows: targets.map((target) => [target.claim, target.measured, target.atLeast, target.aim, verdict(target)]),
  };
}

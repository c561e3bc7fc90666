/** PURE. From what the generators and the clocks say to the figures of a case. */
import type { Driven } from "../load/drive.ts";
import { median, percentile, sortedTogether } from "./percentile.ts";

export type ServerName = "bare" | "baton";

/** Where a figure cannot be told on this system it is undefined. */
export type Figures = {
  ackedPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  serverMicros: number | undefined;
  postgresMicros: number | undefined;
  /** Cores that all generators together kept busy: a single one that nears 1 is itself what is measured. */
  generatorCores: number | undefined;
};

/** Seconds of CPU inside the measured time. */
export type CpuSeconds = {
  server: number | undefined;
  postgres: number | undefined;
  generators: number | undefined;
};

export function figuresOf(driven: readonly Driven[], cpu: CpuSeconds): Figures {
  const acked = driven.reduce((sum, part) => sum + part.acked, 0);
  const seconds = (driven[0]?.measuredMs ?? 0) / 1_000;
  const sorted = sortedTogether(driven.map((part) => part.latenciesMs));
  const micros = (spent: number | undefined) => (spent === undefined ? undefined : (spent * 1_000_000) / acked);
  return {
    ackedPerSecond: acked / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    serverMicros: micros(cpu.server),
    postgresMicros: micros(cpu.postgres),
    generatorCores: cpu.generators === undefined ? undefined : cpu.generators / seconds,
  };
}

/** Each figure's median by itself. */
export function medianFigures(rounds: readonly Figures[]): Figures {
  const of = (name: keyof Figures): number | undefined => {
    const values = rounds.flatMap((round) => round[name] ?? []);
    return values.length === 0 ? undefined : median(values);
  };
  return {
    ackedPerSecond: of("ackedPerSecond") ?? Number.NaN,
    p50Ms: of("p50Ms") ?? Number.NaN,
    p99Ms: of("p99Ms") ?? Number.NaN,
    serverMicros: of("serverMicros"),
    postgresMicros: of("postgresMicros"),
    generatorCores: of("generatorCores"),
  };
}

import { expect, test } from "vitest";
import type { Driven } from "../load/drive.ts";
import { type Figures, figuresOf, medianFigures } from "./figures.ts";
import { rowsOf } from "./measured.ts";
import { targetsOf } from "./targets.ts";

const driven = (acked: number, latencies: number[]): Driven => ({
  acked,
  measuredMs: 2_000,
  latenciesMs: Float64Array.from(latencies),
  sent: acked,
  delivered: acked,
  ackBytes: 0,
  messageBytes: 0,
});

const figures = (ackedPerSecond: number, p50Ms = 1, p99Ms = 2): Figures => ({
  ackedPerSecond,
  p50Ms,
  p99Ms,
  serverMicros: undefined,
  postgresMicros: undefined,
  generatorCores: undefined,
});

const nothing = { idle: undefined, opens: [], deadlines: [], crowds: [], storms: [], stalled: [] };

const idle = (residentBytes: number) => ({ connections: 10, residentBytes, heapBytes: 1 });

test("what several generators counted is one figure", () => {
  const cpu = { server: 1, postgres: 0.5, generators: 1.5 };
  expect(figuresOf([driven(600, [1, 3]), driven(400, [2, 4])], cpu)).toEqual({
    ackedPerSecond: 500,
    p50Ms: 2,
    p99Ms: 4,
    serverMicros: 1_000,
    postgresMicros: 500,
    generatorCores: 0.75,
  });
});

test("where the system tells no CPU times, nothing is made up", () => {
  const round = figuresOf([driven(1, [1])], { server: undefined, postgres: undefined, generators: undefined });
  expect(medianFigures([round, round]).serverMicros).toBeUndefined();
});

test("the ratio is that of each round's pair, so that a slow minute slows both", () => {
  const of = (server: "bare" | "baton", rates: number[]) =>
    ({ connections: 100, devices: 1, loadKind: "closed", server, rounds: rates.map((rate) => figures(rate)) }) as const;
  const [row] = rowsOf([of("bare", [1_000, 100, 1_000]), of("baton", [500, 50, 600])]);
  expect(row).toMatchObject({
    ratio: 0.5,
    inFlight: 100,
    bare: { ackedPerSecond: 1_000 },
    baton: { ackedPerSecond: 500 },
  });
});

test("a target holds at its very border", () => {
  const row = { connections: 100, devices: 1, inFlight: 100, bare: figures(1_000) } as const;
  const closed = (ratio: number) => ({ ...row, loadKind: "closed", baton: figures(1), ratio }) as const;
  const open = { ...row, loadKind: "open", baton: figures(1_000, 5, 60.1), ratio: 1 } as const;
  const memory = { bare: idle(10), baton: idle(20) };
  const verdicts = targetsOf([closed(0.4), closed(0.39), open], { ...nothing, idle: memory });
  expect(verdicts.map(({ holds, reachesAim }) => [holds, reachesAim])).toEqual([
    [true, false],
    [false, false],
    [true, false],
    [false, false],
    [true, false],
  ]);
});

test("a deadline that never came does not hold, however punctual the others were", () => {
  const late = { count: 3, p50Ms: 1, p99Ms: 1_500, mostMs: 9_000 };
  const deadlines = [
    {
      count: 4,
      overMs: 1_000,
      late,
      missing: 1,
      twice: 0,
      killed: 0,
      serverCores: undefined,
      postgresCores: undefined,
    },
  ];
  const verdicts = targetsOf([], { ...nothing, deadlines });
  expect(verdicts.map(({ measured, holds }) => [measured, holds])).toEqual([
    ["1", false],
    ["0", true],
    ["1500.00 ms", true],
  ]);
});

test("opening is judged by session:open, not by the connecting before it", () => {
  const open = { count: 1, p50Ms: 15, p99Ms: 300, mostMs: 300 };
  const whole = { count: 1, p50Ms: 900, p99Ms: 900, mostMs: 900 };
  const opens = [{ missed: 50, perSecond: 200, open, whole }];
  const verdicts = targetsOf([], { ...nothing, opens });
  expect(verdicts.map(({ holds, reachesAim }) => [holds, reachesAim])).toEqual([
    [true, true],
    [true, false],
  ]);
});

const crowd = {
  ...{ wanted: 20_000, held: 20_000, connected: 20_000, silent: 0, heldForMs: 1, loopP99Ms: 1 },
  ...{ bare: idle(10), baton: idle(14) },
  answer: { count: 20_000, p50Ms: 1, p99Ms: 1, mostMs: 1 },
  cores: { node: 0, postgres: 0, redis: 0 },
};

test("a visitor whose connection was lost is not held, even if all the others are", () => {
  const verdictsOf = (crowds: (typeof crowd)[]) =>
    targetsOf([], { ...nothing, crowds }).map(({ measured, holds, untold }) => [measured, holds, untold]);
  expect(verdictsOf([crowd]).slice(0, 2)).toEqual([
    ["20,000", true, undefined],
    ["0", true, undefined],
  ]);
  expect(verdictsOf([{ ...crowd, silent: 3 }]).slice(0, 2)).toEqual([
    ["19,997", false, undefined],
    ["3", false, undefined],
  ]);
});

test("a system that allows fewer files than sessions is no verdict on the node", () => {
  const [sessions] = targetsOf([], { ...nothing, crowds: [{ ...crowd, held: 900, connected: 900 }] });
  expect(sessions?.untold).toContain("open files");
});

test("a hundredth who never come back fail the storm, however quick the others were", () => {
  const micros = { node: 1, postgres: 1, redis: 1 };
  const storm = (p99Ms: number) => ({
    ...{ how: "cut" as const, clients: 100, backIn30s: 98, failedTries: 0, loop: { p99Ms: 99, mostMs: 1 }, micros },
    back: { count: 100, p50Ms: 1, p99Ms, mostMs: Number.POSITIVE_INFINITY },
    open: { count: 98, p50Ms: 1, p99Ms: 1, mostMs: 1 },
  });
  const storms = [storm(15_000), storm(Number.POSITIVE_INFINITY)];
  const verdicts = targetsOf([], { ...nothing, storms });
  expect(verdicts.map(({ holds, reachesAim }) => [holds, reachesAim])).toEqual([
    [true, true],
    [true, true],
    [false, false],
    [true, true],
  ]);
});

const stalledPhase = (peakMb: number | undefined, p99Ms: number) => ({
  toldPerSecond: 2_500,
  messageBytes: 8_400,
  peakBytes: peakMb === undefined ? undefined : peakMb * 1_048_576,
  others: { count: 10_000, p50Ms: 1, p99Ms, mostMs: 99 },
});

const stalledRun = (people: number, peakMb: number | undefined, p99Ms = 10) => ({
  ...{ people, readersEach: 5, perSecondEach: 5, letters: 8_000, overMs: 20_000, checkedMessages: 1 },
  reading: stalledPhase(200, 10),
  stalled: stalledPhase(peakMb, p99Ms),
  ended: { count: people, p50Ms: 1, p99Ms: 1, mostMs: 1 },
  atRest: { before: { residentBytes: 1, heapBytes: 1 }, afterwards: { residentBytes: 1, heapBytes: 1 } },
});

test("stalled readers are judged by what 500 of them cost, and by what others notice", () => {
  const stalled = [stalledRun(100, 250), stalledRun(20, 251), stalledRun(20, 261, 15.1), stalledRun(2, 500)];
  const verdicts = targetsOf([], { ...nothing, stalled });
  expect(verdicts.map(({ measured, holds, reachesAim }) => [measured, holds, reachesAim])).toEqual([
    ["50.0 MB", true, true],
    ["10.00 ms", true, true],
    ["255.0 MB", true, false],
    ["10.00 ms", true, true],
    ["305.0 MB", false, false],
    ["15.10 ms", true, false],
    ["15000.0 MB", false, false],
    ["10.00 ms", true, true],
  ]);
  expect(verdicts.map(({ untold }) => untold !== undefined)).toEqual([...Array(6).fill(false), true, false]);
});

test("where the system tells no memory, stalled readers are no verdict on the node", () => {
  const [memory] = targetsOf([], { ...nothing, stalled: [stalledRun(100, undefined)] });
  expect(memory?.untold).toContain("does not tell");
});

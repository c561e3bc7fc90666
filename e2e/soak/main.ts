/**
 * `npm run soak [-- --minutes 30] [--seed n] [--only kill,redis,stop,mixed] [--cycles n] [--write]`: lets nodes, Redis, Postgres and links
 * die before a crowd of people for as long as is asked, judges every word, and says what it saw. Exits with 1 when anything is wrong.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { FindingKind } from "../faults/history/check/finding.ts";
import { type Stage, setStage, type Trial } from "../faults/nemesis/stage.ts";
import { COURSES, type Course } from "./courses.ts";
import { countsOf, type Outcome, pageOf, type Report, timesOf } from "./report.ts";

const REPORT = new URL("../../../docs/reports/soak", import.meta.url);
const DEFAULT_MINUTES = 30;

type Asked = {
  readonly courses: readonly Course[];
  readonly seed: number;
  /** Of each course that goes by time. */
  readonly minutes: number;
  readonly cycles: number | undefined;
  readonly write: boolean;
};

function readArguments(): Asked {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string" },
      seed: { type: "string" },
      only: { type: "string", default: "mixed" },
      cycles: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const names = values.only.split(",");
  const unknown = names.find((name) => !COURSES.some((course) => course.name === name));
  if (unknown !== undefined)
    throw new Error(`--only takes ${COURSES.map(({ name }) => name).join(", ")}; not ${unknown}`);
  return {
    courses: COURSES.filter(({ name }) => names.includes(name)),
    seed: wholeNumber("--seed", values.seed) ?? Math.floor(Math.random() * 2 ** 31),
    minutes: wholeNumber("--minutes", values.minutes) ?? DEFAULT_MINUTES,
    cycles: wholeNumber("--cycles", values.cycles),
    write: values.write,
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${name} takes a whole number, such as 30`);
  return Number(text);
}

async function run(course: Course, asked: Asked): Promise<Outcome> {
  const started = performance.now();
  const minutes = (): number => (performance.now() - started) / 60_000;
  const cycles = asked.cycles ?? course.cycles;
  const trials: Trial[] = [];
  const faults: Record<string, number> = {};
  let done = 0;
  const stage = await setStage(course.cluster);
  try {
    while (cycles === undefined ? minutes() < asked.minutes : done < cycles) {
      const { name } = course.fault(trials.length);
      const trial = await oneCrowd(stage, course, { n: trials.length, seed: asked.seed });
      trials.push(trial);
      done += course.cyclesOfCrowd * course.victims;
      faults[name] = (faults[name] ?? 0) + course.cyclesOfCrowd * course.victims;
      const wrong = trial.words === "" ? "all is well" : trial.words;
      const so = `${done} cycles, ${minutes().toFixed(1)} min, ${trial.acked} acknowledged by this crowd`;
      console.log(`${course.name}: ${so}: ${name}: ${wrong}`);
    }
  } catch (error) {
    console.error(stage.cluster.lastWords());
    throw error;
  } finally {
    await stage.close();
  }
  return outcomeOf(course, trials, { seed: asked.seed, minutes: minutes(), cycles: done, faults });
}

function oneCrowd(stage: Stage, course: Course, { n, seed }: { n: number; seed: number }): Promise<Trial> {
  const { victims, crowd, cyclesOfCrowd } = course;
  return stage.endure({ fault: course.fault(n), victims, times: cyclesOfCrowd, seed: seed + n, crowd });
}

function outcomeOf(
  course: Course,
  trials: readonly Trial[],
  about: Pick<Outcome, "seed" | "minutes" | "cycles" | "faults">,
): Outcome {
  const sum = (of: (trial: Trial) => number): number => trials.reduce((total, trial) => total + of(trial), 0);
  const findings = trials.flatMap((trial) => trial.findings);
  return {
    course: course.name,
    words: course.words,
    ...about,
    people: course.crowd.people,
    sends: sum(({ sends }) => sends),
    acknowledged: sum(({ acked }) => acked),
    events: sum(({ events }) => events),
    findings: countsOf(findings),
    troubles: trials.flatMap(({ words }) => (words === "" ? [] : [words])),
    recovered: timesOf(trials.flatMap(({ recoveredMs }) => recoveredMs)),
    returned: timesOf(trials.flatMap(({ returnedMs }) => returnedMs)),
  };
}

/** Courses that were run before, and not now, stay. */
function write(outcomes: readonly Outcome[]): void {
  const before = readReport();
  const kept = before.outcomes.filter(({ course }) => !outcomes.some((outcome) => outcome.course === course));
  const order = COURSES.map(({ name }) => name);
  const all = [...kept, ...outcomes].sort((a, b) => order.indexOf(a.course) - order.indexOf(b.course));
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
  const report: Report = { machine, outcomes: all };
  writeFileSync(new URL(`${REPORT}.json`), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL(`${REPORT}.md`), pageOf(report));
}

function readReport(): Report {
  try {
    return JSON.parse(readFileSync(new URL(`${REPORT}.json`), "utf8")) as Report;
  } catch {
    return { machine: "", outcomes: [] };
  }
}

const asked = readArguments();
console.log(`soak: --seed ${asked.seed} repeats this run`);
const outcomes: Outcome[] = [];
for (const course of asked.courses) {
  outcomes.push(await run(course, asked));
  if (asked.write) write(outcomes);
}
const wrong = outcomes.flatMap(({ findings, troubles }) => [...(Object.keys(findings) as FindingKind[]), ...troubles]);
console.log(
  wrong.length === 0 ? "nothing lost, nothing doubled, nothing out of order" : `${wrong.length} things are wrong`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;

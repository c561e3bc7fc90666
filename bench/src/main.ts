/** `npm run bench`: measures, prints, writes when asked to. Ends with 0 whatever the figures: it is no timed test. */
import { mkdirSync, writeFileSync } from "node:fs";
import { conduct } from "./conduct.ts";
import { rowsOf } from "./figures/measured.ts";
import { targetsOf } from "./figures/targets.ts";
import { describeMachine } from "./machine.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { type Plan, planOf } from "./plan.ts";
import { pageOf, type Report } from "./report/page.ts";
import { sectionsOf } from "./report/sections.ts";
import { plainTable } from "./report/table.ts";

const REPORTS = new URL("../../docs/reports/", import.meta.url);

const undo: (() => Promise<void> | void)[] = [];
let stopping: Promise<void> | undefined;

/** Once, whoever asks first. All at a time: a server that is stopping need not wait for its load to leave. */
function stopAll(): Promise<void> {
  stopping ??= Promise.allSettled(undo.map((step) => step())).then(() => {});
  return stopping;
}

function give(up: string, code: number): void {
  process.stderr.write(`${up}\n`);
  const end = (): void => process.exit(code);
  stopAll().then(end, end);
}

/** The servers get nothing of this process that would change what they do. */
function environmentOfServers(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(BATON_|DATABASE_URL$|REDIS_URL$|PORT$|HOST$|NODE_OPTIONS$)/.test(name),
  );
  return Object.fromEntries(kept);
}

async function bench(plan: Plan, options: Options): Promise<void> {
  const machine = describeMachine();
  setTimeout(() => give("The run took too long and was given up.", 1), plan.withinMs).unref();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (machine.loadBefore > 0.5)
    say(`Something else runs on this machine (load ${machine.loadBefore.toFixed(2)}): the figures will suffer.`);
  const measured = await conduct({ plan, env: environmentOfServers(), say, undo });
  await stopAll();
  const rows = rowsOf(measured.series);
  const report: Report = { machine, plan, measured, rows, targets: targetsOf(rows, measured) };
  for (const { title, table } of sectionsOf(report)) process.stdout.write(`\n${title}\n\n${plainTable(table)}\n`);
  if (options.write) write(report);
}

function write(report: Report): void {
  mkdirSync(REPORTS, { recursive: true });
  writeFileSync(new URL("bench.md", REPORTS), pageOf(report));
  writeFileSync(new URL("bench.json", REPORTS), `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write("\ndocs/reports/bench.md and bench.json written\n");
}

function start(): void {
  let options: Options;
  let plan: Plan;
  try {
    options = readOptions(process.argv.slice(2));
    plan = planOf(options);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    process.exit(2);
  }
  process.on("SIGINT", () => give("Stopping.", 130));
  process.on("SIGTERM", () => give("Stopping.", 143));
  bench(plan, options).then(
    () => process.exit(0),
    (error: unknown) =>
      give(`The run failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, 1),
  );
}

start();

/** `baton drill`: makes or finds an installation, runs the scenarios one after the other, and tells what they found. */
import { CliError } from "../cli/cliError.ts";
import { type Finding, type Report, SCENARIOS, type ScenarioName, verdictOf } from "./finding.ts";
import type { Installation } from "./installation/installation.ts";
import { ownInstallation } from "./installation/ownInstallation.ts";
import { type RunningOptions, runningInstallation } from "./installation/runningInstallation.ts";
import { scenarios } from "./scenarios/scenarios.ts";
import { Stage } from "./scenarios/stage.ts";
import { LineLost, NotProtocol, Refused, RefusedAtTheDoor } from "./visitor/lineErrors.ts";
import { beginWords, doorWords, reportWords, summaryWords } from "./words.ts";

export type DrillOptions = Partial<RunningOptions>;
export type DrillParts = { env: Record<string, string | undefined>; out(text: string): void };

const TOLD_AT_THE_DOOR = [RefusedAtTheDoor, LineLost, NotProtocol, Refused];

/** @throws CliError when a scenario failed, or when there is nothing to drill */
export async function runDrill(options: DrillOptions, { env, out }: DrillParts): Promise<void> {
  const interrupted = whenInterrupted();
  try {
    await drill(await installationOf(options, env), { interrupted: interrupted.promise, out });
  } finally {
    interrupted.forget();
  }
}

type Running = { interrupted: Promise<never>; out(text: string): void };

async function drill(installation: Installation, { interrupted, out }: Running): Promise<void> {
  try {
    out(beginWords(installation));
    await knock(installation);
    const reports: Report[] = [];
    for (const name of SCENARIOS) {
      const report = await run(name, installation, interrupted);
      reports.push(report);
      out(reportWords(report, reports.length));
    }
    out(summaryWords(reports));
    const failed = reports.filter(({ verdict }) => verdict === "FAIL").length;
    if (failed > 0) throw new CliError(`The drill failed: ${failed} of ${reports.length} scenarios.`);
  } finally {
    await installation.close();
  }
}

async function installationOf({ url, ...options }: DrillOptions, env: DrillParts["env"]): Promise<Installation> {
  if (url !== undefined) return runningInstallation({ ...options, url, site: options.site ?? "demo" }, env);
  const [stray] = Object.keys(options);
  if (stray !== undefined) throw new CliError(`--${dashed(stray)} is for an installation that runs. Add --url.`);
  return ownInstallation(env);
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What would fail every scenario alike is said once, with what to do about it. */
async function knock(installation: Installation): Promise<void> {
  const stage = new Stage(installation);
  try {
    await stage.newVisitor(stage.newPerson(), "knock").arrive();
  } catch (error) {
    const isTold = TOLD_AT_THE_DOOR.some((kind) => error instanceof kind);
    if (!isTold || !(error instanceof Error)) throw error;
    const code = error instanceof RefusedAtTheDoor ? error.code : error.name;
    throw new CliError(doorWords(error.message, code, installation.targets[0]), { cause: error });
  } finally {
    await stage.clear();
  }
}

async function run(name: ScenarioName, installation: Installation, interrupted: Promise<never>): Promise<Report> {
  const stage = new Stage(installation);
  const begunAt = performance.now();
  let need: Report["need"];
  try {
    need = await Promise.race([scenarios[name](stage), interrupted]);
  } catch (error) {
    if (error instanceof CliError) throw error;
    // What breaks a scenario is what it has found: the next one begins with new people.
    stage.found("broke", false, { error: error instanceof Error ? error.message : String(error) });
  } finally {
    await stage.clear();
  }
  const ms = performance.now() - begunAt;
  const findings: readonly Finding[] = stage.findings;
  return { name, verdict: verdictOf(findings, need), findings, ...(need && { need }), ms };
}

/** Rejects at Ctrl-C, so that what was started is stopped. */
function whenInterrupted(): { promise: Promise<never>; forget(): void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, rejectIt) => {
    reject = rejectIt;
  });
  // Nobody may be waiting when it comes.
  promise.catch(() => {});
  const stop = () => reject(new CliError("The drill was stopped."));
  // A second press does not end it amid stopping what it has started: that takes a bounded time.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  return {
    promise,
    forget() {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
    },
  };
}

// `npm test [-- static|build|unit|gateway|cluster|protocol|attacks|faults|browser|node24 …]`: installs what the tests need, runs everything, and counts.
// A suite without tests is a failure: nothing that is missing can look like something that passed. The last line is always
// `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demandChromium } from "./chromium.mjs";
import { failuresOf } from "./failures.mjs";
import { installIfNeeded, root } from "./install.mjs";
import { demandNode24 } from "./node24.mjs";
import { demandRedis } from "./redisServer.mjs";

const bin = (name) => ["node", `node_modules/${name}`];
const reports = mkdtempSync(join(tmpdir(), "baton-reports-"));

const stages = {
  static: [
    check("types", [...bin("typescript/bin/tsc"), "-b"]),
    check("lint", [...bin("@biomejs/biome/bin/biome"), "check", "--diagnostic-level=error", "."]),
    check("doors", ["node", "scripts/checkDoors.mjs"]),
    check("unused code", [...bin("knip/bin/knip.js")]),
  ],
  // What the suites below start and fetch.
  build: [
    check("build", ["node", "scripts/build.mjs"]),
    check("size of the widget", ["npm", "run", "--silent", "size", "-w", "client-widget"]),
  ],
  unit: [vitest("unit")],
  gateway: [vitest("gateway", demandRedis)],
  // Once more, as many nodes would be run: everything in a Redis, in cluster mode.
  cluster: [
    vitest("gateway", demandRedis, { name: "gateway in a Redis cluster", env: { BATON_TEST_REDIS: "cluster" } }),
  ],
  protocol: [vitest("protocol")],
  attacks: [vitest("attacks", demandRedis)],
  faults: [vitest("faults", demandRedis)],
  browser: [playwright],
  // The same promises on the newer of the two Nodes.
  node24: [onNode24("unit"), onNode24("gateway")],
};

/** One thing that is right or wrong. */
function check(name, command) {
  return () => {
    const passed = run(name, command) === 0;
    return { name, passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
  };
}

/** @param demand answers what must be installed first, or undefined */
function vitest(project, demand = () => undefined, { name = project, env = {} } = {}) {
  return () => {
    const trouble = demand();
    if (trouble === undefined) return runVitest(project, { name, env });
    console.error(trouble);
    return { name, passed: 0, failed: 1 };
  };
}

function onNode24(project) {
  return () => {
    const name = `${project} on Node 24`;
    const { program, isThisOne, trouble } = demandNode24();
    if (trouble !== undefined) {
      console.error(trouble);
      return { name, passed: 0, failed: 1 };
    }
    // They have just run on it.
    return isThisOne ? { name, passed: 0, failed: 0 } : runVitest(project, { name, program });
  };
}

function runVitest(project, { name, program = "node", env = {} }) {
  const report = join(reports, `${name.replaceAll(" ", "-")}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const status = run(name, [program, "node_modules/vitest/vitest.mjs", "run", "--project", project, ...reporters], env);
  const said = readReport(report);
  const { numPassedTests = 0, numFailedTests = 0 } = said;
  return countSuite(name, { passed: numPassedTests, failed: numFailedTests, status, failures: failuresOf(said) });
}

function playwright() {
  const report = join(reports, "browser.json");
  const trouble = demandChromium();
  if (trouble !== undefined) {
    console.error(trouble);
    return { name: "browser", passed: 0, failed: 1 };
  }
  const status = run("browser", [...bin("@playwright/test/cli.js"), "test"], { PLAYWRIGHT_JSON_OUTPUT_FILE: report });
  const said = readReport(report);
  const { expected = 0, unexpected = 0, flaky = 0 } = said.stats ?? {};
  return countSuite("browser", { passed: expected, failed: unexpected + flaky, status, failures: failuresOf(said) });
}

/** A run can fail without a failed test: a suite that does not load, an error after the last test, no tests at all. */
function countSuite(name, { passed, failed, status, failures }) {
  const unsaid = failed === 0 && (status !== 0 || passed === 0) ? 1 : 0;
  return { name, passed, failed: failed + unsaid, failures };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

function run(name, [program, ...args], more = {}) {
  console.log(`\n── ${name}`);
  const path = program === "node" ? process.execPath : program;
  const env = { ...process.env, ...more };
  return spawnSync(path, args, { cwd: root, stdio: "inherit", env }).status;
}

function summarize() {
  console.log("");
  for (const { name, failures = [] } of results) for (const failure of failures) console.log(`${name}: ${failure}\n`);
  for (const { name, passed, failed, seconds = 0 } of results) {
    const counts = `${passed} passed${failed === 0 ? "" : `, ${failed} failed`}`;
    console.log(`${failed === 0 ? "ok    " : "FAILED"} ${name}: ${counts} (${seconds} s)`);
  }
  // In short once more: of a long run often only the last lines are kept.
  for (const { name, failures = [] } of results)
    for (const failure of failures) console.log(`  ${name}: ${headOf(failure)}`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
}

/** Which test, and the first thing it says. */
function headOf(failure) {
  return failure.split("\n", 2).join("\n");
}

const results = [];
let isOver = false;
// However this process ends: also by a failed install, or a mistake in here.
process.on("exit", (code) => {
  rmSync(reports, { recursive: true, force: true });
  if (!isOver) results.push({ name: "the run itself", passed: 0, failed: 1 });
  summarize();
  const failed = results.some((result) => result.failed > 0);
  process.exitCode = failed ? code || 1 : 0;
});

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}; there are ${Object.keys(stages).join(", ")}.`);
  process.exit(2);
}
installIfNeeded();
const names = Object.keys(stages).filter((name) => asked.length === 0 || asked.includes(name));
for (const name of names) {
  for (const stage of stages[name]) {
    const from = performance.now();
    results.push({ ...stage(), seconds: Math.round((performance.now() - from) / 1_000) });
  }
}
isOver = true;

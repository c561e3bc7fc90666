// What failed, from the reports of the test runners: said again at the end, for who sees only the last lines of a run.
import { stripVTControlCharacters } from "node:util";

const LINES = 12;
/** A log in an error's message would otherwise leave no room for anything else. */
const CHARACTERS = 240;
/** Not "flaky": what passed at a second attempt has failed. */
const FINE = ["expected", "skipped"];

/** @param report of vitest's or Playwright's JSON reporter. @returns one text for each failed test or file */
export function failuresOf({ testResults = [], suites = [], errors = [] }) {
  return [...testResults.flatMap(ofFile), ...errors.map(ofError), ...suites.flatMap(ofSuite)];
}

function ofFile({ name, status, message, assertionResults = [] }) {
  const failed = assertionResults.filter((test) => test.status === "failed");
  // A file that could not be loaded has no tests.
  if (failed.length === 0) return status === "failed" ? [entry(name, [message])] : [];
  return failed.map(({ fullName, failureMessages }) => entry(`${name} > ${fullName}`, failureMessages));
}

/** Playwright's, of no journey: a file that could not be loaded, or the run itself. */
function ofError({ message, value, location }) {
  return entry(location?.file ?? "the run", [message ?? String(value)]);
}

function ofSuite({ specs = [], suites = [] }) {
  const failed = specs.filter(({ tests }) => tests.some(({ status }) => !FINE.includes(status)));
  return [...failed.map(ofSpec), ...suites.flatMap(ofSuite)];
}

function ofSpec({ file, title, tests }) {
  const errors = tests.flatMap(({ results }) => results.flatMap((result) => result.errors ?? []));
  return entry(
    `${file} > ${title}`,
    errors.map(({ message }) => message),
  );
}

function entry(title, messages) {
  const said = stripVTControlCharacters(messages.join("\n")).split("\n");
  return [title, ...said.slice(0, LINES).map((line) => `    ${line.slice(0, CHARACTERS)}`)].join("\n");
}

import { expect, test } from "vitest";
// @ts-expect-error A script has no declarations.
import { failuresOf } from "./failures.mjs";

test("a failed test is told by its file, its name and its first lines, without colours", () => {
  const failureMessages = [`\u001b[31mexpected 1 to be 2\u001b[0m\n    at here\n${"line\n".repeat(50)}`];
  const assertionResults = [
    { status: "passed", fullName: "goes on", failureMessages: [] },
    { status: "failed", fullName: "comes back", failureMessages },
  ];
  const [told = "", ...others] = failuresOf({
    testResults: [{ name: "a.test.ts", status: "failed", assertionResults }],
  });
  expect(told.split("\n").slice(0, 3)).toEqual(["a.test.ts > comes back", "    expected 1 to be 2", "        at here"]);
  expect([told.split("\n").length, others]).toEqual([13, []]);
});

test("so is a file that could not be loaded", () => {
  const report = {
    testResults: [{ name: "a.test.ts", status: "failed", message: "no such module", assertionResults: [] }],
  };
  expect(failuresOf(report)).toEqual(["a.test.ts\n    no such module"]);
});

test("and a journey, however deep its suite", () => {
  const spec = {
    ok: false,
    file: "a.spec.ts",
    title: "comes back",
    tests: [{ results: [{ errors: [{ message: "no" }] }] }],
  };
  expect(failuresOf({ suites: [{ suites: [{ specs: [{ ...spec, ok: true }, spec] }] }] })).toEqual([
    "a.spec.ts > comes back\n    no",
  ]);
});

test("a run that left no report has none", () => {
  expect(failuresOf({})).toEqual([]);
});

import { expect, test } from "vitest";
import { failuresOf } from "./failures.mjs";

function journey(title: string, status: "expected" | "unexpected" | "flaky" | "skipped") {
  const errors = status === "expected" || status === "skipped" ? [] : [{ message: "no" }];
  return { ok: status !== "unexpected", file: "a.spec.ts", title, tests: [{ status, results: [{ errors }] }] };
}

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
  const specs = [journey("goes on", "expected"), journey("comes back", "unexpected"), journey("waits", "skipped")];
  expect(failuresOf({ suites: [{ suites: [{ specs }] }] })).toEqual(["a.spec.ts > comes back\n    no"]);
});

test("also one that passed at its second attempt", () => {
  expect(failuresOf({ suites: [{ specs: [journey("comes back", "flaky")] }] })).toEqual([
    "a.spec.ts > comes back\n    no",
  ]);
});

test("and a file of journeys that could not be loaded, which is in no suite", () => {
  const errors = [
    { message: "no such module", location: { file: "a.spec.ts", line: 1, column: 1 } },
    { message: "no" },
  ];
  expect(failuresOf({ suites: [], errors })).toEqual(["a.spec.ts\n    no such module", "the run\n    no"]);
});

test("a run that left no report has none", () => {
  expect(failuresOf({})).toEqual([]);
});

import { expect, test } from "vitest";
import { countsOf, type Outcome, pageOf, timesOf } from "./report.ts";

const outcome: Outcome = {
  course: "kill",
  words: "a node is killed",
  seed: 7,
  minutes: 1.25,
  cycles: 10,
  faults: { "a node killed": 6, "Redis killed": 4 },
  people: 200,
  sends: 12_345,
  acknowledged: 12_000,
  events: 99_000,
  findings: { lost: 2, gap: 1 },
  troubles: ["p1: not at rest"],
  recovered: timesOf([100, 300, 200, 5_000]),
  returned: timesOf([]),
};

test("findings are counted by what they are, and the page tells them beside what went well", () => {
  const page = pageOf({ machine: "2 cores", outcomes: [outcome] });
  expect(page).toContain("| a node is killed | 10 | 12,345 | 12,000 | 2 | 0 | 0 | 0 | 2 | – | 0.3 s, 5.0 s, 5.0 s |");
  expect(page).toContain("npm run soak -- --only kill --seed 7");
  expect(page).toContain("- Redis killed: 4\n");
  expect(page).toContain("**kill**: p1: not at rest");
});

test("each kind of finding is counted for itself", () => {
  const finding = (kind: "lost" | "gap") => ({ kind, invariant: "I1" as const, witness: [], words: "" });
  expect(countsOf([finding("lost"), finding("gap"), finding("lost")])).toEqual({ lost: 2, gap: 1 });
});

test("where nobody came back nothing took any time", () => {
  expect(timesOf([])).toEqual({ pages: 0, p50: 0, p99: 0, max: 0 });
});

import { describe, expect, test } from "vitest";
import { type Finding, type Report, verdictOf } from "./finding.ts";
import { findingWords } from "./findingWords.ts";
import { expectedKind } from "./scenarios/sixtyDaysAway.ts";
import { doorWords, reportWords, summaryWords } from "./words.ts";

const DAY = 86_400_000;
const good: Finding = { what: "rivals", held: true, seen: { told: 0 } };
const bad: Finding = { what: "rivals", held: false, seen: { told: 1 } };
const report: Report = { name: "abruptDisconnect", verdict: "PASS", findings: [good], ms: 1_234 };

describe("a verdict", () => {
  test("is a pass when everything held, and a fail when anything did not, also where something could not be tried", () => {
    expect(verdictOf([good], undefined)).toBe("PASS");
    expect(verdictOf([good, bad], undefined)).toBe("FAIL");
    expect(verdictOf([bad], { what: "disturb" })).toBe("FAIL");
    expect(verdictOf([], { what: "disturb" })).toBe("NOT TRIED");
  });

  test("is never a pass where nothing was looked at", () => {
    expect(verdictOf([], undefined)).toBe("FAIL");
  });
});

describe("a report", () => {
  test("says what was done, what was seen, and whether that is right", () => {
    const text = reportWords(report, 1);
    expect(text).toContain("1. Abrupt disconnect: PASS (1.2 s)\n   It cut the line five times");
    expect(text).toContain("   ok     Nobody was told «active elsewhere».");
    expect(reportWords({ ...report, verdict: "FAIL", findings: [bad] }, 1)).toContain(
      "   WRONG  The only device was told once",
    );
  });

  test("says why something was not tried, and what to do about it", () => {
    const need = { what: "testClock", primeWindowMs: 14 * DAY, hardExpiryMs: 7_200_000 } as const;
    const text = reportWords({ name: "sixtyDaysAway", verdict: "NOT TRIED", findings: [], need, ms: 3 }, 4);
    expect(text).toContain("4. 60 days away: NOT TRIED\n");
    expect(text).toContain("BATON_TEST_CLOCK=1");
    expect(text).toContain("finds «fresh»");
    expect(text).toContain("14 d (primeWindowMs)");
    expect(text).not.toContain("It wrote");
  });

  test("is summed up with the names of what failed", () => {
    const failed: Report = { ...report, name: "redisGone", verdict: "FAIL" };
    expect(summaryWords([report, failed])).toBe("1 passed, 1 failed, 0 not tried. Failed: Redis gone.");
  });
});

describe("a finding", () => {
  test("tells the first faults word by word, and counts the rest", () => {
    const faults = [1, 2, 3, 4, 5].map((seq) => ({ kind: "lost" as const, text: `text ${seq}`, seq }));
    const words = findingWords({ what: "transcript", held: false, seen: { own: 5, places: 0, faults } });
    expect(words).toContain("«text 1» was acknowledged at place 1 and is not there");
    expect(words).toContain("«text 3»");
    expect(words).not.toContain("«text 4»");
    expect(words).toContain("and 2 more");
  });

  test("names the second device's part, and the one it should have", () => {
    const seen = { expected: "watches", isActive: true, toldOf: undefined } as const;
    expect(findingWords({ what: "secondDevice", held: false, seen })).toBe(
      "The second device became the active one; by the site's policy it should watch.",
    );
  });
});

test("what somebody finds after sixty days follows from the policy", () => {
  const hardExpiryMs = 7_200_000;
  expect(expectedKind({ primeWindowMs: 14 * DAY, hardExpiryMs })).toBe("fresh");
  expect(expectedKind({ primeWindowMs: 60 * DAY, hardExpiryMs })).toBe("primed");
  expect(expectedKind({ primeWindowMs: 60 * DAY - hardExpiryMs, hardExpiryMs })).toBe("primed");
  expect(expectedKind({ primeWindowMs: 60 * DAY - hardExpiryMs - 1, hardExpiryMs })).toBe("fresh");
  expect(expectedKind({ primeWindowMs: 14 * DAY, hardExpiryMs: 90 * DAY })).toBe("offer");
});

test("a door that stays shut says how it opens", () => {
  const target = { url: "https://chat.example", site: "shop", origin: "https://chat.example" };
  expect(doorWords("it was refused", "origin_forbidden", target)).toContain("--origin");
  expect(doorWords("nothing answers", "LineLost", target)).toContain("Is it running");
});

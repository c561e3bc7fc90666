import { expect, test } from "vitest";
import { durationWords, parseTtlSeconds } from "./durationWords.ts";

test.each([
  [0, "0 ms"],
  [1_500, "1500 ms"],
  [20_000, "20 s"],
  [5_400_000, "90 min"],
  [1_209_600_000, "14 d"],
])("%i ms are «%s»", (ms, words) => expect(durationWords(ms)).toBe(words));

test.each([
  ["45s", 45],
  ["30m", 1_800],
  ["1h", 3_600],
  ["7d", 604_800],
  ["0s", undefined],
  ["1", undefined],
  ["-1h", undefined],
  ["1.5h", undefined],
  ["1hh", undefined],
])("a ttl of %s is %s seconds", (text, seconds) => expect(parseTtlSeconds(text)).toBe(seconds));

import { expect, test } from "vitest";
import { firstJsonFault, lineAndColumn } from "./jsonPosition.ts";

test.each(["{}", ' [1, -2.5e+3, "a\\u00e9\\n", true, null, {"a": []}] \n', '"x"', "0"])("%s is sound", (text) => {
  expect(() => JSON.parse(text)).not.toThrow();
  expect(firstJsonFault(text)).toBeUndefined();
});

test.each([
  ["", 0],
  ["{", 1],
  ['{"a":}', 5],
  ['{"a" 1}', 5],
  ['{"a":1,}', 7],
  ["[1,]", 3],
  ["[1 2]", 3],
  ["{a:1}", 1],
  ["// no", 0],
  ['{"a":1} x', 8],
  ['{"a":01}', 6],
  ['["\t"]', 1],
  ["['a']", 1],
  ["[1}", 2],
])("%s goes wrong at %i", (text, at) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(firstJsonFault(text)).toBe(at);
});

test("a place is told as editors count", () => {
  expect(lineAndColumn("{\n  x", 4)).toEqual({ line: 2, column: 3 });
});

import { expect, test } from "vitest";
import { figure, markdownTable, plainTable } from "./table.ts";

const table = {
  head: ["case", "a second"],
  rows: [
    ["100 connections", "1,234"],
    ["alone|two", "–"],
  ],
};

test("words stand to the left and figures to the right", () => {
  expect(plainTable(table)).toBe(
    [
      "case             a second",
      "───────────────  ────────",
      "100 connections     1,234",
      "alone|two               –",
    ].join("\n"),
  );
});

test("a bar in a cell does not end it", () => {
  expect(markdownTable(table)).toBe(
    ["| case | a second |", "|---|---|", "| 100 connections | 1,234 |", "| alone\\|two | – |"].join("\n"),
  );
});

test("a figure that is not there is a dash, not a zero", () => {
  expect([figure(undefined), figure(Number.NaN), figure(0), figure(12_345.678, 1)]).toEqual([
    "–",
    "–",
    "0",
    "12,345.7",
  ]);
});

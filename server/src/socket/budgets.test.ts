import { expect, test } from "vitest";
import { createBudgets, tooFast } from "./budgets.ts";

function setUp() {
  const clock = { now: 0 };
  return { clock, budgets: createBudgets({ burst: 2, perSecond: 10 }, () => clock.now) };
}

test("everybody has a budget of their own", () => {
  const { budgets } = setUp();
  expect([budgets.spend("ada"), budgets.spend("ada"), budgets.spend("ada")]).toEqual([0, 0, 100]);
  expect(budgets.spend("bob")).toBe(0);
});

test("a try that was refused costs nothing", () => {
  const { budgets, clock } = setUp();
  for (let i = 0; i < 10; i++) budgets.spend("ada");
  clock.now = 100;
  expect(budgets.spend("ada")).toBe(0);
});

test("what is given back, and who is forgotten, is as before", () => {
  const { budgets } = setUp();
  for (let i = 0; i < 2; i++) budgets.spend("ada");
  budgets.refund("ada");
  budgets.refund("nobody");
  expect([budgets.spend("ada"), budgets.spend("ada")]).toEqual([0, 100]);
  budgets.forget("ada");
  expect(budgets.spend("ada")).toBe(0);
});

test("twenty thousand strangers do not make anyone's empty budget full", () => {
  const { budgets, clock } = setUp();
  for (let i = 0; i < 20_000; i++) {
    clock.now = i / 10;
    budgets.spend(`stranger ${i}`);
  }
  for (let i = 0; i < 2; i++) budgets.spend("ada");
  budgets.spend("one more");
  expect(budgets.spend("ada")).toBe(100);
});

test("who is too fast is told of what, and when to come again", () => {
  expect(tooFast("messages", 40).toWire()).toEqual({
    code: "rate_limited",
    message: "Too many messages.",
    retryable: true,
    retryAfterMs: 40,
  });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTypingThrottle } from "./typingThrottle.ts";

let said: boolean[];
const say = (typing: boolean) => void said.push(typing);

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
});
afterEach(() => void vi.useRealTimers());

test("someone who stops at once is told to have stopped when 2 s are over, not before", () => {
  const throttle = createTypingThrottle();
  throttle.hear("ada", true, say);
  throttle.hear("ada", false, say);
  vi.advanceTimersByTime(1_999);
  expect(said).toEqual([true]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual([true, false]);
});

test("however fast someone starts and stops, they are told of at most every 2 s, and the last state last", () => {
  const throttle = createTypingThrottle();
  for (let i = 0; i < 100; i++) {
    throttle.hear("ada", i % 2 === 0, say);
    vi.advanceTimersByTime(100);
  }
  vi.advanceTimersByTime(4_000);
  expect(said.length).toBeLessThanOrEqual(7);
  expect(said.at(-1)).toBe(false);
});

test("someone who goes on typing is told once until they stop", () => {
  const throttle = createTypingThrottle();
  throttle.hear("ada", true, say);
  throttle.hear("ada", true, say);
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([true]);
  expect(vi.getTimerCount()).toBe(0);
});

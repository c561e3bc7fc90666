import { expect, test } from "vitest";
import { bytesOf, judge } from "./sweep.ts";

const NOW = 10_000_000;
const limits = { readerBacklogBytes: 1_000, readerBehindMs: 30_000 };
const nothingWaits = { bytes: 0, sinceMs: 0 };
const held = (tokenExpiresAt: number | undefined, toldExpiring = false) => ({ tokenExpiresAt, toldExpiring });

test.each([
  [undefined, false, "fine"],
  [NOW + 60_001, false, "fine"],
  [NOW + 60_000, false, "token_expiring"],
  [NOW + 60_000, true, "fine"],
  [NOW + 1, true, "fine"],
  [NOW + 1, false, "token_expiring"],
  [NOW, true, "token_expired"],
  [NOW - 1, false, "token_expired"],
] as const)("someone whose token ends at %s, told so already: %s, is %s", (expiresAt, told, verdict) => {
  expect(judge(held(expiresAt, told), nothingWaits, { now: NOW, limits })).toBe(verdict);
});

test.each([
  [1_000, 30_000, "fine"],
  [1_001, 0, "slow_consumer"],
  [1, 30_001, "slow_consumer"],
] as const)("a reader that lets %i bytes wait for %i ms is %s", (bytes, sinceMs, verdict) => {
  expect(judge(held(undefined), { bytes, sinceMs }, { now: NOW, limits })).toBe(verdict);
});

test("a reader that does not read is cut off before its token is looked at", () => {
  expect(judge(held(NOW), { bytes: 1_001, sinceMs: 0 }, { now: NOW, limits })).toBe("slow_consumer");
});

test("what waits counts as it is kept: its text, and the frame that was made of it", () => {
  const frame = [Buffer.alloc(4), Buffer.alloc(1_001)];
  expect(bytesOf({ data: "x".repeat(1_000), options: { wsPreEncodedFrame: frame } })).toBe(2_005);
  expect(bytesOf({ data: "x".repeat(1_000), options: {} })).toBe(1_000);
  expect(bytesOf({})).toBe(0);
});

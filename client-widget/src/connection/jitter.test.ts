import fc from "fast-check";
import { expect, it } from "vitest";
import { fullJitter } from "./jitter.ts";

it("the first try comes within a second, none later than half a minute", () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(1_000), fraction, (attempt, random) => {
      const ms = fullJitter(attempt, random);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(attempt === 0 ? 1_000 : 30_000);
    }),
  );
});

it("a thousand widgets spread over the whole time", () => {
  expect(fullJitter(3, 0)).toBe(0);
  expect(fullJitter(3, 0.5)).toBe(4_000);
  expect(fullJitter(9, 0.999)).toBe(29_970);
});

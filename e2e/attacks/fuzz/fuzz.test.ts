// A hundred thousand frames of every kind beside somebody who talks on. More, and with other seeds: `npm run fuzz`.
import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";

const FRAMES = 100_000;

test(`${FRAMES} frames, valid, nearly valid and nothing like it, harm nobody and are answered as the protocol says`, async () => {
  const { faults, ...figures } = await fuzz({ frames: FRAMES, seed: 7 });
  console.log(figures);
  expect(faults).toEqual([]);
  expect(figures.frames).toBeGreaterThanOrEqual(FRAMES);
  expect(figures.answers).toBeGreaterThan(FRAMES / 4);
  expect(figures.probes).toBeGreaterThan(50);
}, 300_000);

// A hundred thousand frames of every kind beside somebody who talks on, drawn anew in each run: BATON_FUZZ_SEED repeats one.
// More of them: `npm run fuzz`.
import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";

const FRAMES = 100_000;
/** Drawn, told, and given to repeat it. */
const seed = Number(process.env.BATON_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`${FRAMES} frames, valid, nearly valid and nothing like it, harm nobody and are answered as the protocol says`, async () => {
  console.info(`fuzz: BATON_FUZZ_SEED=${seed} repeats this run`);
  const { faults, ...figures } = await fuzz({ frames: FRAMES, seed });
  console.log(figures);
  expect(faults).toEqual([]);
  expect(figures.frames).toBeGreaterThanOrEqual(FRAMES);
  expect(figures.answers).toBeGreaterThan(FRAMES / 4);
  expect(figures.probes).toBeGreaterThan(50);
}, 300_000);

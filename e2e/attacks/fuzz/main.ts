/** `npm run fuzz -- --frames n --seed s [--url u --site s] [--only i]`: prints what it found; exit code 1 when it found something. */
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} must be a whole number, not ${text}.`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      frames: { type: "string", default: "100000" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      url: { type: "string" },
      site: { type: "string" },
      only: { type: "string" },
    },
  });
  const seed = wholeNumber("seed", values.seed);
  console.log(`seed ${seed}`);
  const { faults, ...figures } = await fuzz({
    frames: wholeNumber("frames", values.frames),
    seed,
    ...(values.url !== undefined && { url: values.url.replace(/\/$/, "") }),
    ...(values.site !== undefined && { site: values.site }),
    ...(values.only !== undefined && { only: wholeNumber("only", values.only) }),
  });
  console.log(JSON.stringify(figures));
  for (const fault of faults) console.error(fault);
  console.log(faults.length === 0 ? "nothing was found" : `${faults.length} faults; seed ${seed}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

await main();

/** The command line of `npm run bench`. PURE. */
import { parseArgs } from "node:util";

export type Options = {
  /** Under a minute, too short to be quoted. */
  quick: boolean;
  /** Writes docs/reports. */
  write: boolean;
  generators: number;
};

export const USAGE = `npm run bench [-- --quick] [--write] [--generators 1..4]

  --quick         a run under a minute; its figures are too short to be quoted
  --write         writes docs/reports/bench.md and bench.json
  --generators n  processes that make the load: with two, the figures tell whether one was enough`;

/** @throws with what is wrong and how to say it */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      generators: { type: "string", default: "1" },
    },
  });
  if (!/^[1-4]$/.test(values.generators)) throw new Error("--generators is a number from 1 to 4");
  return { quick: values.quick, write: values.write, generators: Number(values.generators) };
}

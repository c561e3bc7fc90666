/** The command line of `npm run bench`. PURE. */
import { parseArgs } from "node:util";

export type Options = {
  /** At most five minutes, too short to be quoted. */
  quick: boolean;
  /** Writes docs/reports. */
  write: boolean;
  generators: number;
  /** Measures only what has this in its name. */
  only: string | undefined;
};

export const USAGE = `npm run bench [-- --quick] [--write] [--generators 1..4] [--only part-of-a-name]

  --quick         a run of five minutes at most; its figures are too short to be quoted
  --write         writes docs/reports/bench.md and bench.json
  --generators n  processes that make the load: with two, the figures tell whether one was enough
  --only text     measures only what has this in its name, such as "alone", "takeover", "deadlines", "storm", "two nodes", "idle sessions", "stalled readers"`;

/** @throws with what is wrong and how to say it */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      generators: { type: "string", default: "1" },
      only: { type: "string" },
    },
  });
  const { quick, write, generators, only } = values;
  if (!/^[1-4]$/.test(generators)) throw new Error("--generators is a number from 1 to 4");
  if (write && only !== undefined) throw new Error("--write is for a whole run: leave --only out");
  return { quick, write, generators: Number(generators), only };
}

/** What went wrong inside the nodes while people saw nothing of it: a fault of the gateway's, whatever was done to it. Called by stage.ts. PURE. */
import type { Fault, Target } from "./fault.ts";

type Known = {
  readonly says: RegExp;
  /** One of these was hit. */
  readonly when: readonly Target[];
  readonly because: string;
};

/** Told as a fault, and to be expected. All else is not. */
const KNOWN: readonly Known[] = [
  {
    says: /"level":"fatal".+"msg":"the gateway could not start"/,
    when: ["Postgres", "way to Postgres"],
    because: "a gateway that is started while its Postgres is away says so and ends; its supervisor starts it again",
  },
];

const MOST_TOLD = 20;

type Seen = { readonly troubles: readonly string[]; readonly internal: number };

/** In words; empty when all is well. @param internal how many commands were refused with that code */
export function wordsOf({ troubles, internal }: Seen, faults: readonly Fault[]): string {
  const known = KNOWN.filter(({ when }) => faults.some(({ hits }) => when.includes(hits)));
  const unknown = troubles.filter((line) => !known.some(({ says }) => says.test(line)));
  const refused = internal === 0 ? [] : [`${internal} commands were refused as «internal»`];
  return [...refused, ...unknown.slice(0, MOST_TOLD)].join("\n");
}

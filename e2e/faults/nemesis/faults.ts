/**
 * Every fault of promises.md, «Faults», that people and nodes of a cluster can suffer, as data. Not here: disk full
 * (diskFull.test.ts, on a disk of its own), and the embedded gateway that is killed with its Postgres (kills.test.ts).
 */
import type { Fault } from "./fault.ts";
import { NODE_FAULTS } from "./nodeFaults.ts";
import { NETWORK_FAULTS, PEOPLE_FAULTS } from "./peopleFaults.ts";
import { POSTGRES_FAULTS, WAY_TO_POSTGRES_FAULTS } from "./postgresFaults.ts";
import type { Random } from "./random.ts";
import { REDIS_FAULTS, WAY_TO_REDIS_FAULTS } from "./redisFaults.ts";

export const FAULTS: readonly Fault[] = [
  ...NETWORK_FAULTS,
  ...PEOPLE_FAULTS,
  ...NODE_FAULTS,
  ...REDIS_FAULTS,
  ...WAY_TO_REDIS_FAULTS,
  ...POSTGRES_FAULTS,
  ...WAY_TO_POSTGRES_FAULTS,
];

export type Pair = readonly [Fault, Fault];

/** Two of a kind go for the same thing, and one would end the other; two nodes are two things. */
export function canBePaired(one: Fault, other: Fault): boolean {
  return one !== other && (one.hits !== other.hits || one.hits === "node");
}

/** No pair twice, in whichever order. */
export function drawPairs(random: Random, count: number): Pair[] {
  const pairs = FAULTS.flatMap((one, i) =>
    FAULTS.slice(i + 1).flatMap((other): Pair[] => (canBePaired(one, other) ? [[one, other]] : [])),
  );
  return random.some(pairs, count).map(([one, other]) => (random.next() < 0.5 ? [one, other] : [other, one]));
}

/** What a soak can do, as data: each course is one kind of fault, so often, before so many people. */
import type { ClusterOptions } from "../faults/cluster/cluster.ts";
import type { CrowdOptions } from "../faults/nemesis/crowd.ts";
import type { Fault } from "../faults/nemesis/fault.ts";
import { FAULTS } from "../faults/nemesis/faults.ts";

export type Course = {
  readonly name: "kill" | "redis" | "stop" | "mixed";
  /** For the report. */
  readonly words: string;
  /** How often, when neither cycles nor minutes are asked for; undefined: as long as there are minutes. */
  readonly cycles: number | undefined;
  /** Before one crowd, whose history is judged as a whole. */
  readonly cyclesOfCrowd: number;
  readonly victims: number;
  readonly cluster: ClusterOptions;
  readonly crowd: CrowdOptions;
  /** Of the n-th crowd. */
  fault(n: number): Fault;
};

/** promises.md, «Figures»: 200 clients, 5 words a second each. */
const CROWD: CrowdOptions = {
  people: 200,
  withTwoDevices: 0.3,
  waveEveryMs: 200,
  changesEachWave: 0.5,
  patienceMs: 2_000,
  directOfFour: 4,
};

/**
 * For those who wait for half a minute, as often as they do. Half of them do not leave a node that is silent: what they said
 * to it is still in its ears when it wakes, and meanwhile their other device has gone on.
 */
const CALM: CrowdOptions = {
  ...CROWD,
  people: 60,
  withTwoDevices: 0.7,
  waveEveryMs: 1_000,
  changesEachWave: 3,
  stubborn: 0.5,
};

/** Longer than a lease: whoever held the baton there is gone for all others when the node wakes. */
const FROZEN_MS = 32_000;

function named(name: string, longMs?: number): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (!fault) throw new Error(`there is no fault «${name}»`);
  return longMs === undefined ? fault : { ...fault, lastsMs: { short: longMs, long: longMs } };
}

export const COURSES: readonly Course[] = [
  {
    name: "kill",
    words: "kill -9 of a node with sends in flight, then started again",
    cycles: 100,
    cyclesOfCrowd: 10,
    victims: 1,
    cluster: {},
    crowd: CROWD,
    fault: () => named("a node killed with sends in flight", 500),
  },
  {
    name: "redis",
    words: "Redis killed and started again, by turns empty and with what it had",
    cycles: 50,
    cyclesOfCrowd: 5,
    victims: 1,
    cluster: {},
    crowd: CROWD,
    fault: (n) =>
      named(n % 2 === 0 ? "Redis killed, and back empty" : "Redis killed, and back with what it had", 1_000),
  },
  {
    name: "stop",
    words: "a node frozen (SIGSTOP) for 32 s, longer than a lease, then thawed; four of five nodes at a time",
    cycles: 52,
    cyclesOfCrowd: 1,
    victims: 4,
    cluster: { nodes: 5 },
    crowd: CALM,
    fault: () => named("a node frozen, then thawed", FROZEN_MS),
  },
  {
    name: "mixed",
    words: "every fault of the list in turn",
    cycles: undefined,
    cyclesOfCrowd: 1,
    victims: 1,
    cluster: {},
    // Slow speakers: what waits after a minute without a database must be said within half a minute.
    crowd: { ...CROWD, directOfFour: 2, waveEveryMs: 1_000 },
    fault(n) {
      const fault = FAULTS[n % FAULTS.length];
      if (!fault) throw new Error("there are no faults");
      return fault;
    },
  },
];

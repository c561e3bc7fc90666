/**
 * A cluster with people before it, on which faults happen and are judged: one trial after the other, each with people and a
 * history of its own. Used by the fault suite and by the soak.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, type ClusterOptions, startCluster } from "../cluster/cluster.ts";
import type { ClusterNode } from "../cluster/node.ts";
import { createRecorder, type Recorder } from "../history/recorder.ts";
import { Crowd, type CrowdOptions } from "./crowd.ts";
import type { Fault, Heal } from "./fault.ts";
import { judge, type Verdict } from "./judge.ts";
import { obedient } from "./orders.ts";
import { Random } from "./random.ts";
import { untilAtRest } from "./rest.ts";
import { watchReturns } from "./returns.ts";
import { type Routes, routesTo } from "./routes.ts";
import { wordsOf } from "./troubles.ts";

export type TrialOptions = {
  readonly seed: number;
  readonly crowd: CrowdOptions;
  readonly lasts: "short" | "long";
};

export type Trial = Verdict & {
  readonly acked: number;
  /** How long each page took to be at the head again, from when everything had healed, ms. */
  readonly recoveredMs: readonly number[];
  /** How long each page was away that lost its line, from the strike, ms. */
  readonly returnedMs: readonly number[];
  readonly pages: number;
  /** What connections were told before they were ended. */
  readonly closings: Crowd["closings"];
};

export type Endurance = {
  readonly fault: Fault;
  /** How many nodes it hits at once; 1 for what is no node's. */
  readonly victims: number;
  readonly times: number;
  readonly seed: number;
  readonly crowd: CrowdOptions;
};

/** promises.md, I11. */
export const HEAL_WITHIN_MS = 30_000;
/** Words that are acknowledged after all has healed, before people stop talking: it goes on, it is not only not broken. */
const ACKS_AFTERWARDS = 30;

/** The crowd of the suite: enough to meet one another, few enough for two cores. */
export const SHORT_CROWD: CrowdOptions = {
  people: 30,
  withTwoDevices: 0.5,
  waveEveryMs: 250,
  changesEachWave: 0.3,
  patienceMs: 1_500,
  directOfFour: 2,
};

type On = Pick<TrialOptions, "lasts"> & {
  readonly crowd: Crowd;
  readonly random: Random;
  readonly victim: ClusterNode | undefined;
  readonly recorder: Recorder;
};

let crowds = 0;

export class Stage {
  readonly cluster: Cluster;
  readonly routes: Routes;

  constructor(cluster: Cluster, routes: Routes) {
    this.cluster = cluster;
    this.routes = routes;
  }

  /**
   * Faults come one after the other and heal together: a node cannot be started before the Postgres that was stopped too.
   * @returns what was wrong; nothing is, when all is well
   */
  async suffer(faults: readonly Fault[], { seed, crowd: options, lasts }: TrialOptions): Promise<Trial> {
    const random = new Random(seed);
    const recorder = createRecorder();
    const crowd = this.gather(options, random, recorder);
    try {
      await crowd.arrive();
      crowd.beginToTalk();
      await crowd.acks(random.between(20, 60));
      const heals: Heal[] = [];
      const victims = random.some(this.cluster.nodes, faults.length);
      for (const [i, fault] of faults.entries()) {
        heals.push(await this.#begin(fault, { crowd, random, victim: victims[i], recorder, lasts }));
        // The second meets what the first has begun.
        await Promise.race([crowd.acks(10).catch(() => {}), sleep(400)]);
      }
      await sleep(Math.max(...faults.map(({ lastsMs }) => lastsMs[lasts])));
      await together(heals);
      await this.#well();
      return await this.#settle(crowd, { recorder, faults });
    } finally {
      crowd.leave();
      await this.cluster.heal();
    }
  }

  /** The same fault again and again before one crowd: each time it heals, and people are heard, before the next. */
  async endure({ fault, victims, times, seed, crowd: options }: Endurance): Promise<Trial> {
    const random = new Random(seed);
    const recorder = createRecorder();
    const crowd = this.gather(options, random, recorder);
    const returnedMs: number[] = [];
    try {
      await crowd.arrive();
      crowd.beginToTalk();
      for (let i = 0; i < times; i++) {
        await crowd.acks(random.between(options.people, 3 * options.people));
        const chosen = random.some(this.cluster.nodes, victims);
        const returns = watchReturns(crowd);
        const heals = await Promise.all(
          chosen.map((victim) => this.#begin(fault, { crowd, random, victim, recorder, lasts: "long" })),
        );
        await sleep(fault.lastsMs.long);
        await together(heals);
        await this.#well();
        returnedMs.push(...(await returns.all(HEAL_WITHIN_MS)));
      }
      return { ...(await this.#settle(crowd, { recorder, faults: [fault] })), returnedMs };
    } finally {
      crowd.leave();
      await this.cluster.heal();
    }
  }

  gather(options: CrowdOptions, random: Random, recorder: Recorder): Crowd {
    crowds += 1;
    return new Crowd({ ...options, routes: this.routes, random, prefix: `c${crowds}p`, record: recorder.record });
  }

  async close(): Promise<void> {
    await this.routes.close();
    await this.cluster.close();
  }

  async #begin(fault: Fault, { crowd, random, victim, recorder, lasts }: On): Promise<Heal> {
    const { cluster, routes } = this;
    if (!victim) throw new Error("there are more faults than nodes");
    const line = { kind: "fault", name: fault.name, node: victim.name } as const;
    recorder.record({ ...line, phase: "begin" });
    const heal = await fault.begin({ cluster, routes, crowd, random, victim, lastsMs: fault.lastsMs[lasts] });
    return async () => {
      await heal();
      recorder.record({ ...line, phase: "heal" });
    };
  }

  /** Every node finds its neighbours again. */
  async #well(): Promise<void> {
    await Promise.all(this.cluster.nodes.flatMap((node) => [node.sees("database"), node.sees("redis")]));
  }

  async #settle(crowd: Crowd, { recorder, faults }: { recorder: Recorder; faults: readonly Fault[] }): Promise<Trial> {
    const since = performance.now();
    await crowd.acks(ACKS_AFTERWARDS);
    crowd.stopTalking();
    const rest = await untilAtRest(crowd, this.cluster, { since, withinMs: HEAL_WITHIN_MS });
    const verdict = await judge(crowd, { recorder, cluster: this.cluster, restless: rest.restless });
    const { acked, pages, closings } = crowd;
    const inside = wordsOf({ troubles: this.cluster.takeTroubles(), internal: verdict.refused.internal ?? 0 }, faults);
    const words = [verdict.words, inside].filter((part) => part !== "").join("\n");
    return { ...verdict, words, acked, recoveredMs: rest.afterMs, returnedMs: [], pages: pages.length, closings };
  }
}

/** Nobody is left healing when one could not. */
async function together(heals: readonly Heal[]): Promise<void> {
  for (const done of await Promise.allSettled(heals.map((heal) => heal()))) {
    if (done.status === "rejected") throw done.reason;
  }
}

/** Three nodes whose Redis keeps what it had when it is told to. */
export async function setStage(options: ClusterOptions = {}): Promise<Stage> {
  const cluster = await startCluster({ redis: { persistence: "aof" }, env: obedient, ...options });
  return new Stage(cluster, await routesTo(cluster));
}

/** What a fault is: data and two acts. The list is in faults.ts; stage.ts makes them happen. */
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterNode } from "../cluster/node.ts";
import type { Crowd } from "./crowd.ts";
import type { Random } from "./random.ts";
import type { Routes } from "./routes.ts";

export type Scene = {
  readonly cluster: Cluster;
  readonly routes: Routes;
  readonly crowd: Crowd;
  /** The node that it goes for; of two faults each has its own. */
  readonly victim: ClusterNode;
  readonly random: Random;
  /** How long it is to last this time. */
  readonly lastsMs: number;
};

/** Lifts it. What it broke may need longer to be well. */
export type Heal = () => Promise<void>;

/** What it goes for. Of two that go for the same thing one would hide, or end, the other; there are several nodes. */
export type Target = "node" | "redis" | "way to Redis" | "Postgres" | "way to Postgres" | "way to nodes" | "people";

export type Fault = {
  /** As promises.md names it. */
  readonly name: string;
  readonly hits: Target;
  /** From `begin` until it is healed: in the suite, and in a soak. */
  readonly lastsMs: { readonly short: number; readonly long: number };
  begin(scene: Scene): Promise<Heal>;
};

/** Faults of a node: it dies, freezes, stands still, or its clock is wrong. Rows of faults.ts. */
import type { Fault, Scene } from "./fault.ts";
import { order } from "./orders.ts";

const HOUR_MS = 3_600_000;

export const NODE_KILLED: Fault = {
  name: "a node killed with sends in flight",
  hits: "node",
  lastsMs: { short: 1_000, long: 3_000 },
  async begin({ victim, crowd }) {
    // A whole wave is on its way when it dies.
    crowd.wave();
    await victim.kill();
    return () => victim.startUntilUp();
  },
};

export const NODE_FAULTS: readonly Fault[] = [
  NODE_KILLED,
  {
    // Whoever waits moves on: what the frozen node still has in its sockets is written by an older connection when it wakes.
    name: "a node frozen, then thawed",
    hits: "node",
    lastsMs: { short: 3_000, long: 45_000 },
    async begin({ victim, crowd }) {
      crowd.wave();
      await victim.freeze();
      return async () => victim.thaw();
    },
  },
  {
    name: "a node whose event loop stands still",
    hits: "node",
    lastsMs: { short: 2_500, long: 20_000 },
    async begin({ victim, crowd, lastsMs }) {
      crowd.wave();
      order(victim, { standStillMs: lastsMs });
      // It goes on by itself.
      return async () => {};
    },
  },
  ...[HOUR_MS, -HOUR_MS].map(
    (clockOffsetMs): Fault => ({
      name: `a node whose clock is an hour ${clockOffsetMs > 0 ? "ahead" : "behind"}`,
      hits: "node",
      lastsMs: { short: 1_500, long: 10_000 },
      async begin({ victim, crowd, random }) {
        order(victim, { clockOffsetMs });
        // Who comes now is met by that clock.
        for (const page of random.some(crowd.present, 10)) page.reload();
        return async () => order(victim, { clockOffsetMs: 0 });
      },
    }),
  ),
];

export const ROLLING_RESTART: Fault = {
  name: "a rolling restart of all nodes",
  hits: "node",
  lastsMs: { short: 0, long: 0 },
  async begin({ cluster }) {
    for (const node of cluster.nodes) await node.restartGently();
    return async () => {};
  },
};

/** Words that are acknowledged between one node and the next: the builds serve side by side, they do not only pass each other. */
const ACKS_SIDE_BY_SIDE = 20;

/** @param next the main.js of the build that follows the one that runs */
export function rollingUpgrade(next: string): Fault {
  const roll = async ({ cluster, crowd }: Scene, main?: string): Promise<void> => {
    for (const node of cluster.nodes) {
      await node.restartGently(main);
      await crowd.acks(ACKS_SIDE_BY_SIDE);
    }
  };
  return {
    name: "a rolling restart onto the next build, and back",
    hits: "node",
    lastsMs: { short: 0, long: 0 },
    async begin(scene) {
      // What one build asks when people come back it has asked before the other changes the tables: statements are prepared.
      for (const page of scene.crowd.present) page.moveOn();
      await scene.crowd.acks(ACKS_SIDE_BY_SIDE);
      await roll(scene, next);
      return () => roll(scene);
    },
  };
}

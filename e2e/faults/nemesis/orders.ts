/** What the nemesis has done inside a node: a wrong clock, an event loop that stands still. Carried out by inside.mjs. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ClusterNode } from "../cluster/node.ts";

export type Orders = { readonly clockOffsetMs?: number; readonly standStillMs?: number };

/** By its package's name: from the sources and from what is built of them alike. */
const INSIDE = pathToFileURL(createRequire(import.meta.url).resolve("@baton/e2e/faults/nemesis/inside.mjs")).href;

/** For `startCluster({ env })`: the node listens to orders. */
export function obedient(): Record<string, string> {
  return { NODE_OPTIONS: `--import=${INSIDE}` };
}

export function order(node: ClusterNode, orders: Orders): void {
  if (node.pid === undefined) return;
  writeFileSync(join(node.dataDir, "orders.json"), JSON.stringify(orders));
  process.kill(node.pid, "SIGUSR2");
}

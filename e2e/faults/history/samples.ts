/** Reads what nodes tell of themselves at /metrics, into a history. Called by trials, before people come, at the peak and after they left. */
import type { Recorder } from "./recorder.ts";

type Node = { readonly name: string; readonly url: string };
type Sampling = Pick<Recorder, "record"> & {
  /** Nobody is there: what is counted must be zero. */
  readonly quiet: boolean;
};

/** As the history calls it, and as /metrics does. */
const GAUGES = { connections: "baton_connections", memoryBytes: "process_resident_memory_bytes" } as const;
const LOOK_EVERY_MS = 50;

export async function sampleNodes(nodes: readonly Node[], { record, quiet }: Sampling): Promise<void> {
  for (const node of nodes) {
    const text = await metricsOf(node);
    for (const [gauge, metric] of Object.entries(GAUGES))
      record({ kind: "sample", node: node.name, gauge, value: figureIn(text, metric), quiet });
  }
}

/** A node hears a little later than the one who leaves that somebody left. What it says after `withinMs` is its last word. */
export async function untilEmpty(nodes: readonly Node[], withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  const isEmpty = async (node: Node) => figureIn(await metricsOf(node), GAUGES.connections) === 0;
  while (!(await Promise.all(nodes.map(isEmpty))).every(Boolean) && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

async function metricsOf({ url }: Node): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** @throws when there is no such metric: what is not told must not look like nothing */
function figureIn(text: string, metric: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${metric} `));
  if (line === undefined) throw new Error(`/metrics does not tell ${metric}`);
  return Number(line.slice(metric.length + 1));
}

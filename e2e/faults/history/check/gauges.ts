/** What waits for one reader is bounded, and what a crowd leaves behind is nothing: I13, I14. PURE. Called by checkHistory. */
import type { EventOf } from "../events.ts";
import { type Evidence, grouped } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import type { Limits } from "./limits.ts";

type Sample = EventOf<"sample">;

export function checkGauges({ history, limits }: Evidence): Finding[] {
  const samples = history.filter((event) => event.kind === "sample");
  const series = [...grouped(samples, ({ node, gauge, of = "" }) => `${node} ${gauge} ${of}`).values()];
  return series.flatMap((all) => {
    switch (all[0]?.gauge) {
      case "queuedBytes":
        return queued(all, limits);
      case "memoryBytes":
        return memory(all, limits);
      default:
        return atRest(all);
    }
  });
}

function queued(samples: readonly Sample[], { queuedBytes }: Limits): Finding[] {
  const most = samples.reduce<Sample | undefined>((top, one) => (top && top.value >= one.value ? top : one), undefined);
  if (!most || most.value <= queuedBytes) return [];
  const words = `${most.value} bytes waited for ${most.of ?? "one connection"} on ${most.node}`;
  return [{ kind: "unbounded", invariant: "I13", witness: [most], words }];
}

/** Back to the baseline: the first sample of the node. */
function memory(samples: readonly Sample[], { memoryBytes }: Limits): Finding[] {
  const [first, last] = [samples[0], samples.findLast(({ quiet }) => quiet)];
  if (!first || !last || last.value - first.value <= memoryBytes) return [];
  const words = `${last.node} holds ${last.value - first.value} bytes more than at its beginning`;
  return [{ kind: "unbounded", invariant: "I13", witness: [first, last], words }];
}

function atRest(samples: readonly Sample[]): Finding[] {
  const last = samples.findLast(({ quiet }) => quiet);
  if (!last || last.value === 0) return [];
  const words = `${last.gauge} of ${last.node} is ${last.value} when everybody has left`;
  return [{ kind: "gauge not zero", invariant: "I14", witness: [last], words }];
}

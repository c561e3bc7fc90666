/** What waits for one reader is bounded, what a crowd leaves behind is nothing, and nodes count right: I13, I14. PURE. Called by checkHistory. */
import type { EventOf } from "../events.ts";
import { type ConnectionEvent, type Evidence, grouped } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import type { Limits } from "./limits.ts";

type Sample = EventOf<"sample">;

export function checkGauges(evidence: Evidence): Finding[] {
  const { history, limits } = evidence;
  const samples = history.filter((event) => event.kind === "sample");
  const series = [...grouped(samples, ({ node, gauge, of = "" }) => `${node} ${gauge} ${of}`).values()];
  return series.flatMap((all) => {
    switch (all[0]?.gauge) {
      case "queuedBytes":
        return queued(all, limits);
      case "memoryBytes":
        return memory(all, limits);
      case "connections":
        return [...atRest(all), ...all.flatMap((sample) => miscounted(evidence, sample))];
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

/** Those who were there when it was asked, for a while before and after it, must be counted; others come or have just left. */
function miscounted({ byConnection, limits }: Evidence, sample: Sample): Finding[] {
  if (sample.quiet) return [];
  const { countedWithinMs, forgottenWithinMs } = limits;
  const { t } = sample;
  const stays = [...byConnection.values()].flatMap((events) => stayOf(events, sample.node));
  const least = stays.filter(({ from, to }) => from < t - countedWithinMs && to > t + countedWithinMs).length;
  const most = stays.filter(({ from, to }) => from < t + countedWithinMs && to > t - forgottenWithinMs).length;
  if (sample.value >= least && sample.value <= most) return [];
  const words = `${sample.node} counts ${sample.value} connections, and there are ${least === most ? least : `${least} to ${most}`}`;
  return [{ kind: "miscounted", invariant: "I14", witness: [sample], words }];
}

/** Counted from when it came to when it was closed; it may come before it hears so. */
function stayOf(events: readonly ConnectionEvent[], node: string): { from: number; to: number }[] {
  const connected = events.find(({ kind }) => kind === "connected");
  if (connected?.node !== node) return [];
  const closed = events.find(({ kind }) => kind === "closed");
  return [{ from: connected.t, to: closed?.t ?? Number.POSITIVE_INFINITY }];
}

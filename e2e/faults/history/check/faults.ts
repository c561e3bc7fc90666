/** When something was broken. PURE. Called by the checks that allow for it. */
import type { EventOf, History } from "../events.ts";

export type Faults = {
  /** Those that were never said to be over. */
  readonly unhealed: readonly EventOf<"fault">[];
  /** Ends of times in which something was broken. */
  readonly heals: readonly number[];
  wasBroken(from: number, to: number): boolean;
};

type Span = { from: number; to: number };

export function faultsOf(history: History): Faults {
  const open = new Map<string, EventOf<"fault">>();
  const spans: Span[] = [];
  for (const event of history) {
    if (event.kind !== "fault") continue;
    const key = `${event.name} ${event.node ?? ""}`;
    const begun = open.get(key);
    if (event.phase === "begin") open.set(key, begun ?? event);
    else if (begun) spans.push({ from: begun.t, to: event.t });
    if (event.phase === "heal") open.delete(key);
  }
  const unhealed = [...open.values()];
  const all = [...spans, ...unhealed.map(({ t }) => ({ from: t, to: Number.POSITIVE_INFINITY }))];
  const wasBroken = (from: number, to: number) => all.some((span) => span.from <= to && span.to >= from);
  return { unhealed, heals: spans.map(({ to }) => to), wasBroken };
}

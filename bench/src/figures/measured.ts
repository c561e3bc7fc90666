/** Everything that one run measured; what is written as JSON. PURE. */
import type { Case, DeadlinePlan, OpenPlan, TakeoverPlan } from "../plan.ts";
import type { StalledPlan } from "../stalledPlan.ts";
import type { DeadlineFigures } from "./deadlineFigures.ts";
import { type Figures, medianFigures, type ServerName } from "./figures.ts";
import type { Latency } from "./latency.ts";
import { median } from "./percentile.ts";

export type LoadKind = "closed" | "open";

/** One load of a case on one server, once for each round. */
export type Series = Case & { loadKind: LoadKind; server: ServerName; rounds: Figures[] };

/** Bytes of one connection, by round. */
export type IdleMemory = { connections: number; residentBytes: number; heapBytes: number };

/** From a press to the other device's `lock:changed`, and to the ack. */
export type TakeoverResult = Pick<TakeoverPlan, "messagesPerSecond"> & {
  told: Latency;
  acked: Latency;
  checkedMessages: number;
};

/** `session:open` itself, and with connecting from the moment when it was due. */
export type OpenResult = Pick<OpenPlan, "missed" | "perSecond"> & { open: Latency; whole: Latency };

/** Cores that were busy while they were due. */
export type DeadlineResult = DeadlinePlan &
  DeadlineFigures & {
    serverCores: number | undefined;
    postgresCores: number | undefined;
    /** How many nodes were killed meanwhile. */
    killed: number;
  };

/** What a crowd of idle sessions costs the node that holds them, and whether all of them still answer. */
export type CrowdResult = {
  /** As planned, and as many as the system let this node have. */
  wanted: number;
  held: number;
  bare: IdleMemory;
  baton: IdleMemory;
  heldForMs: number;
  /** Told by the node after so long. */
  connected: number;
  answer: Latency;
  silent: number;
  /** While nobody said anything. */
  cores: { node: number | undefined; postgres: number | undefined; redis: number | undefined };
  loopP99Ms: number;
};

/** `cut`: back to the node they were on. `killed`: their node was killed, back to another one. */
export type StormResult = {
  how: "cut" | "killed";
  clients: number;
  /** From the first connection's end, of all of them: who was not back within the time took for ever. */
  back: Latency;
  backIn30s: number;
  /** `session:open` of the try that succeeded. */
  open: Latency;
  failedTries: number;
  loop: { p99Ms: number; mostMs: number };
  /** Microseconds of CPU for each client. */
  micros: { node: number | undefined; postgres: number | undefined; redis: number | undefined };
};

/** `others`: their acks. */
export type StalledPhase = {
  /** Acknowledged, of all whose second device is told. */
  toldPerSecond: number;
  messageBytes: number;
  peakBytes: number | undefined;
  others: Latency;
};

/** The same load twice: while everybody reads, and while the second devices do not. */
export type StalledResult = StalledPlan & {
  reading: StalledPhase;
  stalled: StalledPhase;
  /** From stalling to the end of their connections, of all that were ended. */
  ended: Latency;
  /** Without garbage. */
  atRest: Record<"before" | "afterwards", { residentBytes: number; heapBytes: number }>;
  checkedMessages: number;
};

export type NodesSetup = "one node, no Redis" | "one node" | "two nodes";

/** Medians over the rounds; microseconds of CPU for each acknowledged message. */
export type NodesFigures = {
  setup: NodesSetup;
  ackedPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  micros: { nodes: number; postgres: number; redis: number };
};

/** One node spoke; the other had nobody for what it heard. Microseconds for each message of its own time. */
export type Hearing = { perSecond: number; heard: number; micros: number; idleCores: number };

export type NodesResult = { users: number; rounds: number; figures: NodesFigures[]; hearing: Hearing };

/** What `--only` leaves out is empty. */
export type Measured = {
  series: Series[];
  idle: Record<ServerName, IdleMemory> | undefined;
  takeovers: TakeoverResult[];
  opens: OpenResult[];
  deadlines: DeadlineResult[];
  crowds: CrowdResult[];
  storms: StormResult[];
  stalled: StalledResult[];
  nodes: NodesResult[];
  /** Payload bytes on the wire, so that anyone can see that both servers said the same. */
  bytes: Record<ServerName, { ack: number; message: number }>;
  /** Messages read back from the database and found once, in order. */
  checkedMessages: number;
};

export type Row = Case & {
  loadKind: LoadKind;
  inFlight: number | undefined;
  bare: Figures;
  baton: Figures;
  /** Baton's acknowledged a second over the bare server's: the median of the rounds' own ratios. */
  ratio: number;
};

/** The two servers beside each other: one row a case and load. */
export function rowsOf(series: readonly Series[]): Row[] {
  return series
    .filter(({ server }) => server === "bare")
    .map(({ connections, devices, loadKind, rounds }) => {
      const baton = series.find(
        (other) =>
          other.server === "baton" &&
          other.connections === connections &&
          other.devices === devices &&
          other.loadKind === loadKind,
      );
      if (!baton) throw new Error("a case was measured on one server only");
      // Round by round: what disturbs the machine for a while disturbs both of a pair.
      const ratios = rounds.map((bare, i) => (baton.rounds[i]?.ackedPerSecond ?? Number.NaN) / bare.ackedPerSecond);
      return {
        connections,
        devices,
        loadKind,
        inFlight: loadKind === "closed" ? connections : undefined,
        bare: medianFigures(rounds),
        baton: medianFigures(baton.rounds),
        ratio: median(ratios),
      };
    });
}

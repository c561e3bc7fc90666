/** PURE. What was promised of the figures, and which of it holds in this run. */
import type { IdleMemory, Row } from "./measured.ts";

export type Target = {
  claim: string;
  measured: string;
  atLeast: string;
  aim: string;
  holds: boolean;
  reachesAim: boolean;
};

const RATIO = { atLeast: 0.4, aim: 0.65 };
const ACK_MS = { p50: { atMost: 5, aim: 2 }, p99: { atMost: 60, aim: 20 } };
const MEMORY = { atMost: 2, aim: 1.5 };

export function targetsOf(rows: readonly Row[], idle: { bare: IdleMemory; baton: IdleMemory }): Target[] {
  return [
    ...rows.filter((row) => row.loadKind === "closed").map(ratioTarget),
    ...rows.filter((row) => row.loadKind === "open").flatMap(ackTargets),
    memoryTarget(idle),
  ];
}

export function caseName({ connections, devices }: Pick<Row, "connections" | "devices">): string {
  return `${connections.toLocaleString("en")} connections, ${devices === 1 ? "alone" : "two devices"}`;
}

function ratioTarget(row: Row): Target {
  return {
    claim: `acknowledged a second, Baton / bare: ${caseName(row)}`,
    measured: row.ratio.toFixed(2),
    atLeast: `≥ ${RATIO.atLeast}`,
    aim: `≥ ${RATIO.aim}`,
    holds: row.ratio >= RATIO.atLeast,
    reachesAim: row.ratio >= RATIO.aim,
  };
}

function ackTargets(row: Row): Target[] {
  return (["p50", "p99"] as const).map((name) => {
    const ms = row.baton[`${name}Ms`];
    const { atMost, aim } = ACK_MS[name];
    return {
      claim: `ack at 1,000 messages a second, ${name}: ${caseName(row)}`,
      measured: `${ms.toFixed(2)} ms`,
      atLeast: `≤ ${atMost} ms`,
      aim: `≤ ${aim} ms`,
      holds: ms <= atMost,
      reachesAim: ms <= aim,
    };
  });
}

/** By the less favourable of the two: what a warm process had free already is not in its resident growth. */
function memoryTarget({ bare, baton }: { bare: IdleMemory; baton: IdleMemory }): Target {
  const ratio = Math.max(baton.residentBytes / bare.residentBytes, baton.heapBytes / bare.heapBytes);
  return {
    claim: "memory of an idle, opened visitor, Baton / bare: the larger of resident and heap",
    measured: ratio.toFixed(2),
    atLeast: `≤ ${MEMORY.atMost}`,
    aim: `≤ ${MEMORY.aim}`,
    holds: ratio <= MEMORY.atMost,
    reachesAim: ratio <= MEMORY.aim,
  };
}

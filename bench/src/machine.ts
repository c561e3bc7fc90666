/** On what it was measured. */
import { availableParallelism, cpus, loadavg, type as systemType } from "node:os";

export type Machine = { node: string; system: string; cores: number; processor: string; loadBefore: number };

export function describeMachine(): Machine {
  return {
    node: process.versions.node,
    system: `${systemType()} ${process.arch}`,
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown processor",
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** PURE. From the changes of sessions to whether each deadline took effect, once, and how late. */
import { type Latency, latencyOf } from "./latency.ts";

export type DeadlineFigures = { late: Latency; missing: number; twice: number };

/** @param ids of all sessions with a deadline @param changes of these sessions: one each, where all is well */
export function deadlineFiguresOf(
  ids: readonly string[],
  changes: readonly { id: string; lateMs: number }[],
): DeadlineFigures {
  const seen = new Set(changes.map(({ id }) => id));
  return {
    late: latencyOf([Float64Array.from(changes, ({ lateMs }) => lateMs)]),
    missing: ids.filter((id) => !seen.has(id)).length,
    twice: changes.length - seen.size,
  };
}

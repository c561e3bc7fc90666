/** Resident memory of a process, as Linux tells it in /proc: seen from outside, so that looking does not disturb it. */
import { readFileSync } from "node:fs";

/** Bytes; undefined where the system does not tell. */
export function residentOf(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}

/** CPU time of processes, as Linux tells it in /proc. Elsewhere nothing is told and the columns stay empty. */
import { readdirSync, readFileSync } from "node:fs";

/** The kernel's USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_SECONDS = 0.01;

type Stat = { pid: number; parent: number; seconds: number };

/** Fields are counted from behind the name, which may hold spaces. Of ended children what their parent has collected. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [parent = 0, ticks] = [fields[1], [11, 12, 13, 14].map((i) => fields[i] ?? 0)];
    return { pid, parent, seconds: ticks.reduce((sum, tick) => sum + tick, 0) * TICK_SECONDS };
  } catch {
    return undefined;
  }
}

/** Seconds of CPU that a process has used so far; undefined where the system does not tell. */
export function cpuOf(pid: number): number | undefined {
  return readStat(pid)?.seconds;
}

/** The same of everything that a process started, without itself: of Baton's, that is its Postgres. */
export function cpuOfDescendants(pid: number): number | undefined {
  if (!readStat(pid)) return undefined;
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
  let seconds = 0;
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    for (const child of children) seconds += child.seconds;
    parents = new Set(children.map((child) => child.pid));
  }
  return seconds;
}

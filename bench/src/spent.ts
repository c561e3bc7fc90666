/** CPU that some processes spent while something was done. Where the system does not tell, undefined. */
import { performance } from "node:perf_hooks";

export type Clocks<Name extends string> = Record<Name, number | undefined>;
export type Spent<Name extends string> = { seconds: Clocks<Name>; tookSeconds: number };

export function stopwatch<Name extends string>(read: () => Clocks<Name>): () => Spent<Name> {
  const startedAt = performance.now();
  const before = read();
  return () => {
    const tookSeconds = (performance.now() - startedAt) / 1_000;
    return { seconds: each(read(), (to, name) => spent(before[name], to)), tookSeconds };
  };
}

/** Microseconds for each of so many. */
export function microsOf<Name extends string>({ seconds }: Spent<Name>, count: number): Clocks<Name> {
  return each(seconds, (value) => (value === undefined ? undefined : (value * 1_000_000) / count));
}

export function coresOf<Name extends string>({ seconds, tookSeconds }: Spent<Name>): Clocks<Name> {
  return each(seconds, (value) => (value === undefined ? undefined : value / tookSeconds));
}

/** Of several processes; undefined when one of them is. */
export function sumOf(parts: readonly (number | undefined)[]): number | undefined {
  return parts.reduce<number | undefined>(
    (sum, part) => (sum === undefined || part === undefined ? undefined : sum + part),
    0,
  );
}

function spent(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}

function each<Name extends string>(
  clocks: Clocks<Name>,
  change: (value: number | undefined, name: Name) => number | undefined,
): Clocks<Name> {
  const names = Object.keys(clocks) as Name[];
  return Object.fromEntries(names.map((name) => [name, change(clocks[name], name)])) as Clocks<Name>;
}

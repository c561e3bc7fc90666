/** PURE. Reads Prometheus' text, and what a row of measurements comes to. */

/** The sum of a metric's samples whose labels hold `label`; 0 where there is none. */
export function figure(text: string, name: string, label = ""): number {
  return text
    .split("\n")
    .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

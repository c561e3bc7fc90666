/** What chance a run of the fault suite begins with: drawn, told, and given to repeat it. */
const drawn = Math.floor(Math.random() * 2 ** 31);

export function seedOfRun(): number {
  const seed = Number(process.env.BATON_FAULT_SEED ?? drawn);
  console.info(`faults: BATON_FAULT_SEED=${seed} repeats this run`);
  return seed;
}

/** Of one test: the same whichever others run beside it. */
export function seedOf(run: number, name: string): number {
  let hash = run;
  for (const character of name) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}

/** Whether a fault of this name was asked for: BATON_FAULTS, part of its name. */
export function wanted(name: string): boolean {
  return name.includes(process.env.BATON_FAULTS ?? "");
}

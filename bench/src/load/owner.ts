/** The part of a clientId that names its writer. PURE. */

/** 15 characters, unique for a connection of a generator in a phase of the run. */
export function ownerOf(of: { phase: number; generator: number; index: number }): string {
  const phase = String(of.phase).padStart(3, "0");
  return `bench-${phase}${of.generator}${String(of.index).padStart(5, "0")}`;
}

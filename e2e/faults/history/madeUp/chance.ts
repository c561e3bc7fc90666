/** Chance that a seed decides: the same seed makes the same history. Used by the made-up world and its defects. */

export type Chance = {
  /** A whole number from 0, under `below`. */
  below(below: number): number;
  /** Whether it happens, once in so many. */
  once(inSoMany: number): boolean;
  pick<Item>(items: readonly Item[]): Item | undefined;
};

export function chanceOf(seed: number): Chance {
  let state = (seed * 2_654_435_761 + 1_013_904_223) >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, once: (inSoMany) => below(inSoMany) === 0, pick: (items) => items[below(items.length)] };
}

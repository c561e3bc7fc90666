/**
 * A word that has to ask for the baton first, or that ends a session, is not overtaken by what its connection says after
 * it: one after another they ask, and go on in the order in which they came.
 */
export type Line<Key extends object> = {
  /** Whether nobody is asking: then nobody need stand in line. */
  isEmpty(key: Key): boolean;
  /** Runs `step` after those that came before. Who awaits it goes on before the next one's step begins. */
  join<T>(key: Key, step: () => Promise<T>): Promise<T>;
};

export function createLine<Key extends object>(): Line<Key> {
  const last = new WeakMap<Key, Promise<void>>();

  return {
    isEmpty: (key) => !last.has(key),
    join(key, step) {
      const mine = (last.get(key) ?? Promise.resolve()).then(step);
      const leave = (): void => {
        if (last.get(key) === over) last.delete(key);
      };
      const over: Promise<void> = mine.then(leave, leave);
      last.set(key, over);
      return mine;
    },
  };
}

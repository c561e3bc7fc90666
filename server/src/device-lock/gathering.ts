/** What many ask for in the same moment is done together: while one run is under way the next gathers, without a timer. */

/** @returns resolves when the run with this item has ended, and rejects with what it rejects with */
export function gathering<Item>(run: (items: readonly Item[]) => Promise<void>): (item: Item) => Promise<void> {
  let next: { readonly items: Item[]; readonly done: Promise<void> } | undefined;
  let last = Promise.resolve();
  return (item) => {
    if (next) {
      next.items.push(item);
      return next.done;
    }
    const items = [item];
    const done = last.then(() => {
      next = undefined;
      return run(items);
    });
    next = { items, done };
    last = done.catch(() => {});
    return done;
  };
}

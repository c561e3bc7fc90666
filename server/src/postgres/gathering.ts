/**
 * What many want written in the same moment is written together: while one statement is under way the next gathers, without
 * a timer. Nobody waits for somebody else's row. Called by pgHolders.ts.
 */
import { isStorageDown } from "./storageDown.ts";

export type Writing<Item> = {
  /** Waits for no row. @returns the items whose rows somebody holds at this moment */
  together(items: readonly Item[]): Promise<readonly Item[]>;
  /** Waits for its row. */
  alone(item: Item): Promise<void>;
};

/** @returns resolves when the item is written */
export function gathering<Item>({ together, alone }: Writing<Item>): (item: Item) => Promise<void> {
  let next: { readonly items: Item[]; readonly left: Promise<ReadonlySet<Item>> } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function write(items: readonly Item[]): Promise<ReadonlySet<Item>> {
    next = undefined;
    const left = await together(items).catch((error: unknown) => {
      // Where the database is away, asking for each of a thousand would keep it from coming back.
      if (isStorageDown(error)) throw error;
      return items;
    });
    return new Set(left);
  }

  function join(item: Item): Promise<ReadonlySet<Item>> {
    if (next) {
      next.items.push(item);
      return next.left;
    }
    const items = [item];
    const left = last.then(() => write(items));
    next = { items, left };
    last = left.catch(() => {});
    return left;
  }

  return async (item) => {
    if ((await join(item)).has(item)) await alone(item);
  };
}

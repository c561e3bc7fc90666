/** What a client that knows revision `known` is told: the changes since, or everything anew. PURE. */
import { LIMITS } from "@baton/shared/limits";
import type { Message } from "@baton/shared/visitor/shapes";

/** As it will be written: escaping makes six bytes of one character, so the text's own length would tell too little. */
function wireBytes(item: object): number {
  return Buffer.byteLength(JSON.stringify(item));
}

/**
 * May changes since `known` be told one by one? Not when the client is ahead of us (its head belongs to another
 * database or session), and not when there are more than an answer holds.
 */
export function canReplay(known: number, head: number): boolean {
  return known <= head && known >= 0;
}

export function fitsAnswer(changes: readonly Message[]): boolean {
  return changes.length <= LIMITS.changes && changes.reduce((sum, m) => sum + wireBytes(m), 0) <= LIMITS.answerBytes;
}

/** The first items that fit into one answer; at least one, so that paging always moves on. */
export function firstThatFit<Item extends object>(items: readonly Item[]): Item[] {
  let bytes = 0;
  const tooMany = items.findIndex((item, i) => {
    bytes += wireBytes(item);
    return bytes > LIMITS.answerBytes && i > 0;
  });
  return tooMany < 0 ? [...items] : items.slice(0, tooMany);
}

/** @param ascending by seq */
export function newestThatFit(ascending: readonly Message[]): readonly Message[] {
  return firstThatFit(ascending.toReversed()).reverse();
}

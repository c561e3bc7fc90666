/** What a client that knows revision `known` is told: the changes since, or everything anew. PURE. */
import { LIMITS } from "@baton/shared/limits";
import type { Message } from "@baton/shared/visitor/shapes";

/** As it will be written: escaping makes six bytes of one character, so the text's own length would tell too little. */
function wireBytes(message: Message): number {
  return Buffer.byteLength(JSON.stringify(message));
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

/**
 * The newest messages that fit into one answer, ascending; at least one, so that paging always moves on.
 * @param ascending by seq
 */
export function newestThatFit(ascending: readonly Message[]): readonly Message[] {
  let bytes = 0;
  let first = ascending.length;
  while (first > 0) {
    const next = ascending[first - 1];
    if (!next) break;
    bytes += wireBytes(next);
    if (bytes > LIMITS.answerBytes && first < ascending.length) break;
    first -= 1;
  }
  return ascending.slice(first);
}

/**
 * What one person sends is kept in the order in which they sent it, also when the database goes away in the middle: after
 * one message was refused for that, what its connection had sent behind it, without waiting, is refused too. Else the
 * database comes back between the two, and the repeat of the first lands behind the second.
 */
import { isStorageDown, STORAGE_AWAY } from "../postgres/storageDown.ts";
import { Refused } from "../refused.ts";

/** As long as the refusal tells to wait: whatever comes later was sent by a client that has read it. */
const HOLD_MS = STORAGE_AWAY.retryAfterMs;

export type HoldBack<Key extends object> = {
  /** Does the sending, unless it is held back. The one that was refused first may come again at once. @throws Refused storage_unavailable */
  pass<T>(key: Key, clientId: string, send: () => Promise<T>): Promise<T>;
};

/** Met by this message, or by one that it waited behind. */
function isAway(error: unknown): boolean {
  return isStorageDown(error) || (error instanceof Refused && error.code === "storage_unavailable");
}

type Held = { readonly first: string; readonly until: number };

/** @param now real milliseconds */
export function createHoldBack<Key extends object>(now: () => number = () => performance.now()): HoldBack<Key> {
  const held = new WeakMap<Key, Held>();

  function check(key: Key, clientId: string): void {
    const hold = held.get(key);
    if (!hold || hold.first === clientId) return;
    const retryAfterMs = Math.ceil(hold.until - now());
    if (retryAfterMs > 0) throw new Refused("storage_unavailable", STORAGE_AWAY.message, { retryAfterMs });
    held.delete(key);
  }

  return {
    async pass(key, clientId, send) {
      check(key, clientId);
      try {
        const sent = await send();
        if (held.get(key)?.first === clientId) held.delete(key);
        return sent;
      } catch (error) {
        const first = held.get(key)?.first ?? clientId;
        if (isAway(error)) held.set(key, { first, until: now() + HOLD_MS });
        throw error;
      }
    },
  };
}

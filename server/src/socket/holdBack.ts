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
  /** @throws Refused storage_unavailable */
  check(key: Key): void;
  /** A message of this connection could not be taken. */
  note(key: Key, error: unknown): void;
};

/** @param now real milliseconds */
export function createHoldBack<Key extends object>(now: () => number = () => performance.now()): HoldBack<Key> {
  const until = new WeakMap<Key, number>();

  return {
    check(key) {
      const heldUntil = until.get(key);
      if (heldUntil === undefined) return;
      const retryAfterMs = Math.ceil(heldUntil - now());
      if (retryAfterMs > 0) throw new Refused("storage_unavailable", STORAGE_AWAY.message, { retryAfterMs });
      until.delete(key);
    },
    note(key, error) {
      if (isStorageDown(error)) until.set(key, now() + HOLD_MS);
    },
  };
}

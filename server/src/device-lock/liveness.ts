/**
 * Whether a device is there. PURE. sessions.md in one sentence: it is live while one of its sockets is up and its page is
 * visible or was used within 60 s, and for 20 s after its last socket was lost (plus the return it was told to make).
 */
import { AFTER_START_MS, GRACE_MS, LEASE_MS, USED_WITHIN_MS } from "./deviceLock.ts";

/** What this node sees of one device of a user. Times in ms of the epoch. */
export type Seen = {
  readonly sockets: readonly { readonly visible: boolean; readonly usedAt: number }[];
  /** When its last socket was lost; without meaning while one is up. */
  readonly lostAt?: number;
  /** `reconnectAfterMs` as it was told to this device: it stays away because we asked it to. */
  readonly announcedReturnMs?: number;
};

/** Until when the device counts as live; <= now when it does not. A socket may vanish, so never past the next lease. */
export function liveUntil({ sockets, lostAt, announcedReturnMs = 0 }: Seen, now: number): number {
  if (sockets.length > 0) return Math.max(...sockets.map((socket) => socketUntil(socket, now)));
  return lostAt === undefined ? now : lostAt + GRACE_MS + announcedReturnMs;
}

function socketUntil({ visible, usedAt }: Seen["sockets"][number], now: number): number {
  const lease = now + LEASE_MS;
  return visible ? lease : Math.min(usedAt + USED_WITHIN_MS, lease);
}

/**
 * Whether the database's active device counts as live where the lock knows nobody because it has only just begun: a
 * restart hands the baton to nobody, and a laptop that was closed three days ago is no rival.
 * @param active `lostAt`: devices.lost_at, undefined while null
 * @param at `startedAt`: of this node, or of a Redis that came back empty; now while there is none
 */
export function countsAsLive(
  { lostAt }: { readonly lostAt: number | undefined },
  { now, startedAt }: { readonly now: number; readonly startedAt: number },
): boolean {
  if (now >= startedAt + AFTER_START_MS) return false;
  return lostAt === undefined || now < lostAt + GRACE_MS;
}

/**
 * Speaks to the lock for the devices that this node holds connections of: renews the leases of those that hold the baton,
 * and answers whether a holder is live. One sentence decides: liveness.ts. While the lock's store is away the rows alone
 * decide; what could not be settled is settled by the next renewal.
 */
import type { Log } from "../log.ts";
import { AFTER_START_MS, type DeviceLock, type Holding } from "./deviceLock.ts";
import type { HolderStore } from "./holderStore.ts";
import { createHolderWatch, unlessAway } from "./holderWatch.ts";
import { liveUntil } from "./liveness.ts";
import { createLostDevices } from "./lostDevices.ts";
import type { People } from "./people.ts";

export type KeeperParts = {
  lock: DeviceLock;
  store: Pick<HolderStore, "saveLost">;
  people: People;
  /** Whether this device has a connection on another node: then it has not left. */
  isElsewhere(userId: string, deviceId: string): Promise<boolean>;
  /** Milliseconds of the epoch, moved by the test clock. */
  now(): number;
  log: Log;
};

export type LockKeeper = ReturnType<typeof createLockKeeper>;

export function createLockKeeper({ lock, store, people, isElsewhere, now, log }: KeeperParts) {
  const watch = createHolderWatch({ lock, people, now });
  const { socketsOf, leaseOf } = watch;
  const held = new Map<string, Holding>();
  const lost = createLostDevices({ store, now, log });

  return {
    /**
     * The lock knows nothing from before: until the devices had time to come, the rows say who is live.
     * @param agoMs it began so long ago
     */
    begin: (agoMs = 0): void => watch.begin(agoMs),

    /** The database has decided for a device of this node: its lease begins, and is renewed from now on. */
    async hold(userId: string, holding: Holding): Promise<void> {
      held.set(userId, holding);
      lost.cancel(userId, holding.deviceId);
      await unlessAway(lock.settle(userId, holding, leaseOf(userId, holding)));
      // It left while the database decided.
      if (socketsOf(userId, holding).length === 0) await this.leave(userId, holding.deviceId);
    },

    /** Another device holds by now, or this node has no connection of the user any more. */
    drop(userId: string): void {
      held.delete(userId);
    },

    /** Whether the holder named by the database's rows is there. */
    isLive: watch.isLive,

    /** That its last connection closed is on its way to the rows. */
    isBeingLost: lost.isBeingWritten,

    /** A page was shown, hidden or used: its device's lease follows at once. */
    async follow(userId: string): Promise<void> {
      const holding = held.get(userId);
      if (holding) await unlessAway(lock.renew([{ userId, holding, leaseUntil: leaseOf(userId, holding) }]));
    },

    /**
     * The last connection of a device here closed.
     * @param announcedReturnMs when we told it to come back, because this node goes away
     */
    async leave(userId: string, deviceId: string, announcedReturnMs?: number): Promise<void> {
      const at = now();
      const holding = held.get(userId);
      const isHolder = holding?.deviceId === deviceId;
      if (isHolder) held.delete(userId);
      lost.add({ userId, deviceId, at, stayAwayMs: stayAwayOf(announcedReturnMs) });
      if (await isElsewhere(userId, deviceId)) lost.cancel(userId, deviceId);
      if (!isHolder) return;
      // A page that was hidden and forgotten was not live: losing its socket makes it no more so.
      if (!(await unlessAway(lock.read(userId)))) return;
      const leaseUntil = liveUntil({ sockets: [], lostAt: at, ...(announcedReturnMs && { announcedReturnMs }) }, at);
      await unlessAway(lock.renew([{ userId, holding, leaseUntil }]));
    },

    async renewAll(): Promise<void> {
      const entries = [...held].map(([userId, holding]) => ({ userId, holding, leaseUntil: leaseOf(userId, holding) }));
      const answers = (entries.length > 0 && (await unlessAway(lock.renew(entries)))) || [];
      for (const [i, { userId, holding }] of entries.entries()) {
        if (answers[i]?.kind === "superseded" && held.get(userId) === holding) held.delete(userId);
      }
    },

    /** What a restart is to know of devices that left is written before the end. */
    close: () => lost.close(),
  };
}

/** For the rows, which are asked after a restart: who was sent away by it has as long as one who was cut off by it. */
function stayAwayOf(announcedReturnMs: number | undefined): number {
  return announcedReturnMs === undefined ? 0 : Math.max(announcedReturnMs, AFTER_START_MS);
}

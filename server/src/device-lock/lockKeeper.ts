/**
 * Speaks to the lock for the devices that this node holds connections of: renews the leases of those that hold the baton,
 * and answers whether a holder is live. One sentence decides: liveness.ts.
 */
import type { Log } from "../log.ts";
import type { DeviceLock, Holding } from "./deviceLock.ts";
import type { HolderStore, Standing } from "./holderStore.ts";
import { countsAsLive, liveUntil } from "./liveness.ts";
import { createLostDevices } from "./lostDevices.ts";
import type { People } from "./people.ts";

export type KeeperParts = {
  lock: DeviceLock;
  store: Pick<HolderStore, "saveLost">;
  people: People;
  /** Milliseconds of the epoch, moved by the test clock. */
  now(): number;
  log: Log;
};

type Seen = Pick<Standing, "holder" | "epoch"> & { readonly lostAt?: number | undefined };

export type LockKeeper = ReturnType<typeof createLockKeeper>;

export function createLockKeeper({ lock, store, people, now, log }: KeeperParts) {
  let startedAt = now();
  const held = new Map<string, Holding>();
  const lost = createLostDevices({ store, now, log });

  const socketsOf = (userId: string, { deviceId }: Holding) =>
    people.of(userId).filter(({ device }) => device.id === deviceId);
  const leaseOf = (userId: string, holding: Holding) => liveUntil({ sockets: socketsOf(userId, holding) }, now());

  return {
    /** From here on connections may come: until their devices had time to, the rows say who is live. */
    begin(): void {
      startedAt = now();
    },

    /** The database has decided for a device of this node: its lease begins, and is renewed from now on. */
    async hold(userId: string, holding: Holding): Promise<void> {
      held.set(userId, holding);
      lost.cancel(userId, holding.deviceId);
      await lock.settle(userId, holding, leaseOf(userId, holding));
      // It left while the database decided.
      if (socketsOf(userId, holding).length === 0) await this.leave(userId, holding.deviceId);
    },

    /** Another device holds by now, or this node has no connection of the user any more. */
    drop(userId: string): void {
      held.delete(userId);
    },

    /** Whether the holder named by the database's rows is there. */
    async isLive(userId: string, { holder, epoch, lostAt }: Seen): Promise<boolean> {
      if (!holder) return false;
      const lease = await lock.read(userId);
      if (lease && lease.epoch >= epoch) return true;
      // Behind the rows: a takeover is committed and about to be settled, and its device is as live as they say.
      return countsAsLive({ lostAt }, { now: now(), startedAt: lease ? now() : startedAt });
    },

    /** That its last connection closed is on its way to the rows. */
    isBeingLost: lost.isBeingWritten,

    /** A page was shown, hidden or used: its device's lease follows at once. */
    async follow(userId: string): Promise<void> {
      const holding = held.get(userId);
      if (holding) await lock.renew([{ userId, holding, leaseUntil: leaseOf(userId, holding) }]);
    },

    /** The last connection of a device closed. */
    async leave(userId: string, deviceId: string): Promise<void> {
      const at = now();
      lost.add({ userId, deviceId, at });
      const holding = held.get(userId);
      if (holding?.deviceId !== deviceId) return;
      held.delete(userId);
      // A page that was hidden and forgotten was not live: losing its socket makes it no more so.
      if (!(await lock.read(userId))) return;
      await lock.renew([{ userId, holding, leaseUntil: liveUntil({ sockets: [], lostAt: at }, at) }]);
    },

    async renewAll(): Promise<void> {
      const entries = [...held].map(([userId, holding]) => ({ userId, holding, leaseUntil: leaseOf(userId, holding) }));
      const answers = entries.length > 0 ? await lock.renew(entries) : [];
      for (const [i, { userId, holding }] of entries.entries()) {
        if (answers[i]?.kind === "superseded" && held.get(userId) === holding) held.delete(userId);
      }
    },

    /** What a restart is to know of devices that left is written before the end. */
    close: () => lost.close(),
  };
}

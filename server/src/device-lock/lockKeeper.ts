/**
 * Speaks to the lock for the devices that this node holds connections of: renews the leases of those that hold the baton,
 * and answers whether a holder is live. One sentence decides: liveness.ts.
 */
import type { Log } from "../log.ts";
import { loggedError } from "../log.ts";
import type { DeviceLock, Holding } from "./deviceLock.ts";
import type { HolderStore, LostDevice, Standing } from "./holderStore.ts";
import { countsAsLive, liveUntil } from "./liveness.ts";
import type { People } from "./people.ts";

export type KeeperParts = {
  lock: DeviceLock;
  store: Pick<HolderStore, "saveLost">;
  people: People;
  /** Milliseconds of the epoch, moved by the test clock. */
  now(): number;
  log: Log;
};

export type LockKeeper = ReturnType<typeof createLockKeeper>;

/** Devices that leave together are written together. */
const WRITE_LOST_EVERY_MS = 250;

export function createLockKeeper({ lock, store, people, now, log }: KeeperParts) {
  const startedAt = now();
  const held = new Map<string, Holding>();
  let lost: LostDevice[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  function leaseOf(userId: string, holding: Holding): number {
    const sockets = people.of(userId).filter(({ device }) => device.id === holding.deviceId);
    return liveUntil({ sockets }, now());
  }

  async function write(): Promise<void> {
    timer = undefined;
    const batch = lost;
    lost = [];
    if (batch.length === 0) return;
    await store.saveLost(batch).catch((error) => {
      // Their leases still lapse; only a restart within seconds would take them for live.
      log.warn({ devices: batch.length, error: loggedError(error) }, "devices that left could not be written");
    });
  }

  return {
    /** The database has decided for a device of this node: its lease begins, and is renewed from now on. */
    async hold(userId: string, holding: Holding): Promise<void> {
      held.set(userId, holding);
      await lock.settle(userId, holding, leaseOf(userId, holding));
    },

    /** Another device holds by now, or this node has no connection of the user any more. */
    drop(userId: string): void {
      held.delete(userId);
    },

    /** Whether the holder named by the database's rows is there. */
    async isLive(userId: string, { holder, lostAt }: Standing): Promise<boolean> {
      if (!holder) return false;
      const lease = await lock.read(userId);
      if (lease) return lease.deviceId === holder.deviceId;
      return countsAsLive({ lostAt }, { now: now(), startedAt });
    },

    /** A page was shown, hidden or used: its device's lease follows at once. */
    async follow(userId: string): Promise<void> {
      const holding = held.get(userId);
      if (holding) await lock.renew([{ userId, holding, leaseUntil: leaseOf(userId, holding) }]);
    },

    /** The last connection of a device closed. */
    async leave(userId: string, deviceId: string): Promise<void> {
      const at = now();
      lost.push({ user_id: userId, device_id: deviceId, at });
      timer ??= setTimeout(() => {
        writing = writing.then(write);
      }, WRITE_LOST_EVERY_MS);
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
      for (const [i, answer] of answers.entries()) {
        const userId = entries[i]?.userId;
        if (answer.kind === "superseded" && userId !== undefined) held.delete(userId);
      }
    },

    /** What a restart is to know of devices that left is written before the end. */
    async close(): Promise<void> {
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}

/**
 * Whether the holder that the database's rows name is there: by its sockets on this node, by its lease, or, where the lock
 * cannot know, by the rows. One sentence decides: liveness.ts. Asked by lockKeeper.ts.
 */
import { AFTER_START_MS, type DeviceLock, type Holding, LockAway } from "./deviceLock.ts";
import type { Standing } from "./holderStore.ts";
import { countsAsLive, liveUntil } from "./liveness.ts";
import type { People } from "./people.ts";

export type Watched = Pick<Standing, "holder" | "epoch"> & { readonly lostAt?: number | undefined };

export type HolderWatchParts = { lock: Pick<DeviceLock, "read" | "knows" | "settle">; people: People; now(): number };

export type HolderWatch = ReturnType<typeof createHolderWatch>;

export function createHolderWatch({ lock, people, now }: HolderWatchParts) {
  let knowsSince = now();

  const socketsOf = (userId: string, { deviceId }: Pick<Holding, "deviceId">) =>
    people.of(userId).filter(({ device }) => device.id === deviceId);
  const leaseOf = (userId: string, holding: Pick<Holding, "deviceId">, at = now()) =>
    liveUntil({ sockets: socketsOf(userId, holding) }, at);

  const hasForgotten = async (userId: string) => (await unlessAway(lock.knows(userId))) === false;

  return {
    socketsOf,
    /** Until when the device counts as live by its sockets here. */
    leaseOf,

    /** The lock knows nothing from before: until the devices had time to come, the rows say who is live. */
    begin(agoMs: number): void {
      knowsSince = now() - agoMs;
    },

    async isLive(userId: string, { holder, epoch, lostAt }: Watched): Promise<boolean> {
      if (!holder) return false;
      const at = now();
      // Its socket is here: nobody knows it better. Measured at one moment: a clock that ticks in between is no sign of life.
      if (leaseOf(userId, holder, at) > at) return true;
      const lease = await unlessAway(lock.read(userId).then((found) => found ?? NOBODY));
      if (lease && lease !== NOBODY && lease.epoch >= epoch) return true;
      if (lease === NOBODY && lostAt === undefined && (await hasForgotten(userId))) {
        // Whoever is there says so within a renewal; until then, and no longer, the rows are believed.
        await unlessAway(lock.settle(userId, { ...holder, epoch }, at + AFTER_START_MS));
        return true;
      }
      // Away; or behind the rows: a takeover is committed and about to be settled. Its device is as live as they say.
      return countsAsLive({ lostAt }, { now: at, startedAt: lease === NOBODY ? knowsSince : at });
    },
  };
}

/** The lock was reached, and knows nobody. */
const NOBODY = "nobody";

/** Undefined while the lock's store is away. */
export async function unlessAway<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LockAway) return undefined;
    throw error;
  }
}

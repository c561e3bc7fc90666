/**
 * Speaks to the lock for the devices that this node holds connections of: renews the leases of those that hold the baton,
 * and answers whether a holder is live. One sentence decides: liveness.ts. While the lock's store is away the rows alone
 * decide; what could not be settled is settled by the next renewal.
 */
import type { Log } from "../log.ts";
import { AFTER_START_MS, type DeviceLock, type Holding } from "./deviceLock.ts";
import type { HolderStore } from "./holderStore.ts";
import { createHolderWatch, type HolderWatch, unlessAway, type Watched } from "./holderWatch.ts";
import { liveUntil } from "./liveness.ts";
import { createLostDevices, type LostDevices } from "./lostDevices.ts";
import type { People } from "./people.ts";

export type KeeperParts = {
  lock: DeviceLock;
  store: Pick<HolderStore, "saveLost" | "saveHere">;
  people: People;
  /** Whether this device has a connection on another node: then it has not left. */
  isElsewhere(userId: string, deviceId: string): Promise<boolean>;
  /** Milliseconds of the epoch, moved by the test clock. */
  now(): number;
  log: Log;
};

type Lease = { readonly userId: string; readonly holding: Holding; readonly leaseUntil: number };

export class LockKeeper {
  readonly #parts: KeeperParts;
  readonly #watch: HolderWatch;
  readonly #lost: LostDevices;
  readonly #held = new Map<string, Holding>();
  #sentAway: Lease[] = [];

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#watch = createHolderWatch(parts);
    this.#lost = createLostDevices(parts);
  }

  /**
   * The lock knows nothing from before: until the devices had time to come, the rows say who is live.
   * @param agoMs it began so long ago
   */
  begin(agoMs = 0): void {
    this.#watch.begin(agoMs);
  }

  /** The database has decided for a device of this node: its lease begins, and is renewed from now on. */
  async hold(userId: string, holding: Holding): Promise<void> {
    this.#held.set(userId, holding);
    this.#lost.cancel(userId, holding.deviceId);
    await unlessAway(this.#parts.lock.settle(userId, holding, this.#watch.leaseOf(userId, holding)));
    // It left while the database decided.
    if (this.#watch.socketsOf(userId, holding).length === 0) await this.leave(userId, holding.deviceId);
  }

  /** Another device holds by now, or this node has no connection of the user any more. */
  drop(userId: string): void {
    this.#held.delete(userId);
  }

  /** Whether the holder named by the database's rows is there. */
  isLive(userId: string, watched: Watched): Promise<boolean> {
    return this.#watch.isLive(userId, watched);
  }

  /** That its last connection closed is on its way to the rows. */
  isBeingLost(userId: string, deviceId: string): boolean {
    return this.#lost.isBeingWritten(userId, deviceId);
  }

  /** A page was shown, hidden or used: its device's lease follows at once. */
  async follow(userId: string): Promise<void> {
    const holding = this.#held.get(userId);
    if (!holding) return;
    const leaseUntil = this.#watch.leaseOf(userId, holding);
    await unlessAway(this.#parts.lock.renew([{ userId, holding, leaseUntil }]));
  }

  /** The last connection of a device here closed. */
  async leave(userId: string, deviceId: string): Promise<void> {
    const { lock, isElsewhere, now } = this.#parts;
    const at = now();
    const holding = this.#takeOut(userId, deviceId);
    const isStillElsewhere = await isElsewhere(userId, deviceId);
    // Back meanwhile: nothing was lost.
    if (this.#watch.socketsOf(userId, { deviceId }).length > 0) return;
    if (!isStillElsewhere) this.#lost.add({ userId, deviceId, at, stayAwayMs: 0 });
    if (!holding) return;
    // A page that was hidden and forgotten was not live: losing its socket makes it no more so.
    if (!(await unlessAway(lock.read(userId)))) return;
    await unlessAway(lock.renew([{ userId, holding, leaseUntil: liveUntil({ sockets: [], lostAt: at }, at) }]));
  }

  /**
   * The last connection of a device here was sent away with its own moment to return, because this node goes away: all
   * of them at once. Told to the lock by `close`, together.
   */
  sendAway(userId: string, deviceId: string, announcedReturnMs: number): void {
    const at = this.#parts.now();
    const holding = this.#takeOut(userId, deviceId);
    // As long as one who was cut off by a restart has, for the rows are asked after one.
    this.#lost.add({ userId, deviceId, at, stayAwayMs: Math.max(announcedReturnMs, AFTER_START_MS) });
    const leaseUntil = liveUntil({ sockets: [], lostAt: at, announcedReturnMs }, at);
    if (holding) this.#sentAway.push({ userId, holding, leaseUntil });
  }

  /** A person let go of the baton: nobody need wait for a lease. */
  async letGo(userId: string, of: Pick<Holding, "deviceId" | "epoch">): Promise<void> {
    this.#takeOut(userId, of.deviceId);
    await unlessAway(this.#parts.lock.release(userId, of));
  }

  async renewAll(): Promise<void> {
    const { lock, store } = this.#parts;
    const entries = [...this.#held].map(([userId, holding]) => ({
      userId,
      holding,
      leaseUntil: this.#watch.leaseOf(userId, holding),
    }));
    if (entries.length === 0) return;
    const answers = await unlessAway(lock.renew(entries));
    // Another node may have seen the last of its tabs there close, and cannot ask us: the rows are to say who is here.
    if (!answers) await store.saveHere(entries.map(({ userId, holding }) => [userId, holding.deviceId]));
    for (const [i, { userId, holding }] of entries.entries()) {
      if (answers?.[i]?.kind === "superseded" && this.#held.get(userId) === holding) this.#held.delete(userId);
    }
  }

  /** What a restart is to know of devices that left is written before the end. */
  async close(): Promise<void> {
    const leases = this.#sentAway;
    this.#sentAway = [];
    if (leases.length > 0) await unlessAway(this.#parts.lock.renew(leases));
    await this.#lost.close();
  }

  /** What this device held here, which is not renewed any more. */
  #takeOut(userId: string, deviceId: string): Holding | undefined {
    const holding = this.#held.get(userId);
    if (holding?.deviceId !== deviceId) return undefined;
    this.#held.delete(userId);
    return holding;
  }
}

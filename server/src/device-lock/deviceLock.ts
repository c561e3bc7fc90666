/**
 * Who speaks for a user, and whether they are there: a lease, quick to ask and lost without harm. The database's epoch is
 * the authority; what is settled here was decided there. Rules: sessions.md, «One active device».
 *
 * A method rejects with LockAway when the lock's store cannot be reached: whoever asks then goes by the database alone.
 */

export class LockAway extends Error {
  constructor(cause: unknown) {
    super("the store of the device lock cannot be reached", { cause });
  }
}

/** Who holds the baton, as the lock knows it. Times in ms of the epoch (database's clock as this node reads it). */
export type Holding = {
  readonly deviceId: string;
  readonly label: string;
  readonly epoch: number;
  readonly since: number;
};

/** In force while `now < leaseUntil`. */
export type Lease = Holding & { readonly leaseUntil: number };

/** `by` is what is stored; its lease may have lapsed, its epoch counts all the same. */
export type Claimed = { readonly kind: "held" } | { readonly kind: "superseded"; readonly by: Lease };

/** Every method may be run twice, because a reply can be lost after the work was done. */
export type DeviceLock = {
  /** The lease in force, if any: that holder is live. */
  read(userId: string): Promise<Lease | undefined>;

  /**
   * Whether it knows anything of this user, such as that a lease has lapsed. Where it does not it may have forgotten: a
   * lock that forgets in the middle of its life, key by key, is not asked in vain.
   */
  knows(userId: string): Promise<boolean>;

  /**
   * Settles the holder that the database has decided on: only upwards by epoch; the same epoch and device again extends
   * and never shortens, label and since stay. The database gives one epoch to one device: another one is superseded.
   */
  settle(userId: string, holding: Holding, leaseUntil: number): Promise<Claimed>;

  /** Extends (or shortens) leases of holders this node speaks for, batched; one answer for each, in order. A missing one is settled. */
  renew(entries: readonly { userId: string; holding: Holding; leaseUntil: number }[]): Promise<readonly Claimed[]>;

  /** Lets go: only if this device holds with this epoch; the epoch stays known so that an older one never comes back. */
  release(userId: string, of: { deviceId: string; epoch: number }): Promise<void>;
};

export const LEASE_MS = 30_000;
export const RENEW_EVERY_MS = 10_000;
/** After the last socket was lost: a refresh or a change of network is no goodbye. */
export const GRACE_MS = 20_000;
/** A hidden page counts for so long after its person used it. */
export const USED_WITHIN_MS = 60_000;
/** After a start the lock is empty and knows nobody: for so long the database's active device has the benefit of the doubt. */
export const AFTER_START_MS = 30_000;

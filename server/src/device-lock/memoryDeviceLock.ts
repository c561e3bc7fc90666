/** DeviceLock of one process: what an embedded gateway runs with. A restart forgets it, and the database knows. */
import type { Claimed, DeviceLock, Holding, Lease } from "./deviceLock.ts";

/** `seenAt`: when it was last written. */
type Entry = { readonly lease: Lease; readonly seenAt: number };

/** Long after a lease lapsed nobody asks for its epoch any more; the database would still refuse an older one's writes. */
const FORGET_AFTER_MS = 3_600_000;
const SWEEP_EVERY_MS = 60_000;

/** @param parts `now`: milliseconds of the epoch, moved by the test clock */
export function createMemoryDeviceLock({ now }: { now(): number }): DeviceLock {
  const entries = new Map<string, Entry>();
  let sweptAt = now();

  function write(userId: string, lease: Lease): void {
    const at = now();
    entries.set(userId, { lease, seenAt: at });
    if (at - sweptAt >= SWEEP_EVERY_MS) sweep(at);
  }

  function sweep(at: number): void {
    sweptAt = at;
    for (const [userId, { lease, seenAt }] of entries) {
      if (Math.max(lease.leaseUntil, seenAt) + FORGET_AFTER_MS <= at) entries.delete(userId);
    }
  }

  /** @param until the lease of one that holds already, from what it has and what it asks for */
  function claim(
    userId: string,
    { holding, leaseUntil }: { holding: Holding; leaseUntil: number },
    until: (stored: number) => number,
  ): Claimed {
    const stored = entries.get(userId)?.lease;
    if (!stored || holding.epoch > stored.epoch) {
      write(userId, leaseOf(holding, leaseUntil));
    } else if (isSame(stored, holding)) {
      write(userId, leaseOf(stored, until(stored.leaseUntil)));
    } else {
      return { kind: "superseded", by: stored };
    }
    return { kind: "held" };
  }

  return {
    async read(userId) {
      const lease = entries.get(userId)?.lease;
      return lease && lease.leaseUntil > now() ? lease : undefined;
    },
    async settle(userId, holding, leaseUntil) {
      return claim(userId, { holding, leaseUntil }, (stored) => Math.max(stored, leaseUntil));
    },
    async renew(renewals) {
      return renewals.map((renewal) => claim(renewal.userId, renewal, () => renewal.leaseUntil));
    },
    async release(userId, of) {
      const stored = entries.get(userId)?.lease;
      if (stored && isSame(stored, of)) write(userId, leaseOf(stored, Math.min(stored.leaseUntil, now())));
    },
  };
}

function isSame(a: Pick<Holding, "deviceId" | "epoch">, b: Pick<Holding, "deviceId" | "epoch">): boolean {
  return a.deviceId === b.deviceId && a.epoch === b.epoch;
}

/** Field by field: what a caller hands in may have more of them, and may change under us. */
function leaseOf({ deviceId, label, epoch, since }: Holding, leaseUntil: number): Lease {
  return { deviceId, label, epoch, since, leaseUntil };
}

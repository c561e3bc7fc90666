/** DeviceLock of one process: what an embedded gateway runs with. A restart forgets it, and the database knows. */
import type { Claimed, DeviceLock, Holding, Lease } from "./deviceLock.ts";

/** Long after a lease lapsed nobody asks for its epoch any more; the database would still refuse an older one's writes. */
const FORGET_AFTER_MS = 3_600_000;
const SWEEP_EVERY_MS = 60_000;

type Claim = { readonly userId: string; readonly holding: Holding; readonly leaseUntil: number };
/** The lease of one that holds already, from what it has and what it asks for. */
type Again = (stored: number, asked: number) => number;

/** @param clock `now`: milliseconds of the epoch, moved by the test clock */
export function createMemoryDeviceLock(clock: { now(): number }): DeviceLock {
  const leases = createLeases(clock);

  function claim({ userId, holding, leaseUntil }: Claim, again: Again): Claimed {
    const stored = leases.get(userId);
    if (!stored || holding.epoch > stored.epoch) leases.set(userId, leaseOf(holding, leaseUntil));
    else if (isSame(stored, holding)) leases.set(userId, leaseOf(stored, again(stored.leaseUntil, leaseUntil)));
    else return { kind: "superseded", by: stored };
    return { kind: "held" };
  }

  return {
    async read(userId) {
      const lease = leases.get(userId);
      return lease && lease.leaseUntil > clock.now() ? lease : undefined;
    },
    // It forgets all at once, with its process, of which the keeper knows; and nobody after less than an hour.
    knows: async () => true,
    async settle(userId, holding, leaseUntil) {
      return claim({ userId, holding, leaseUntil }, Math.max);
    },
    async renew(entries) {
      return entries.map((entry) => claim(entry, (_stored, asked) => asked));
    },
    async release(userId, of) {
      const stored = leases.get(userId);
      if (stored && isSame(stored, of)) leases.set(userId, leaseOf(stored, Math.min(stored.leaseUntil, clock.now())));
    },
  };
}

/** What was settled, by user, until it may be forgotten. */
function createLeases({ now }: { now(): number }) {
  const leases = new Map<string, Lease>();
  let sweptAt = now();

  function sweep(at: number): void {
    sweptAt = at;
    for (const [userId, { leaseUntil }] of leases) if (leaseUntil + FORGET_AFTER_MS <= at) leases.delete(userId);
  }

  return {
    get: (userId: string) => leases.get(userId),
    set(userId: string, lease: Lease): void {
      const at = now();
      leases.set(userId, lease);
      if (at - sweptAt >= SWEEP_EVERY_MS) sweep(at);
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

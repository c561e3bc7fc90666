/**
 * An anonymous visitor signs in: what becomes of two users who turn out to be one person. PURE. Rules: sessions.md,
 * «Merging». Done by pgMerge.ts, asked for at session:open.
 */
import type { ClockPolicy } from "../session/deadlines.ts";
import type { Moved } from "../session/sessionStore.ts";
import { type IdentifiedClaim, type Judged, type VisitorClaim, whyVoid } from "./claims.ts";

export type Merge = {
  /** The identified user's own claim: signed out meanwhile, they are given nothing. */
  readonly claim: IdentifiedClaim;
  readonly userId: string;
  readonly visitor: VisitorClaim;
  readonly device: { readonly id: string; readonly label: string };
  readonly policy: ClockPolicy;
  /** Whether the user's holder was found live, and at which epoch that was. */
  readonly holder: { readonly epoch: number; readonly isLive: boolean };
};

export type Merged = {
  readonly visitorId: string;
  readonly userId: string;
  /** Above both: a connection that was let in before knows neither the sessions nor the keys. */
  readonly epoch: number;
  /** Sessions that ended or moved on by this, as the user's. */
  readonly moved: readonly Moved[];
  /** The visitor's session, where it is the one that goes on. */
  readonly joined: Moved["row"] | undefined;
};

export type MergeStore = {
  /** Once for each visitor; undefined where there is nothing to merge (any more). */
  merge(of: Merge): Promise<Merged | undefined>;
};

/** A user's row under its lock. */
export type Side = Judged & {
  readonly id: string;
  readonly kind: "visitor" | "identified";
  readonly epoch: number;
  readonly active_device_id: string | null;
};

/** The visitor's token must still be good, and only who nobody vouched for can become somebody. */
export function mayMerge({ claim, visitor }: Pick<Merge, "claim" | "visitor">, user: Side, anonymous: Side): boolean {
  if (anonymous.kind !== "visitor" || user.kind !== "identified") return false;
  return whyVoid(claim, user) === undefined && whyVoid(visitor, anonymous) === undefined;
}

/** Milliseconds of the epoch. */
type Current = { readonly id: string; readonly lastActivityAt: number };

/** Of two conversations the one in which the person said or did something last; at the same moment, their own. */
export function whichStays(
  users: Current | undefined,
  visitors: Current | undefined,
): { stays: string | undefined; ends: string | undefined } {
  if (!users || !visitors) return { stays: users?.id ?? visitors?.id, ends: undefined };
  return visitors.lastActivityAt > users.lastActivityAt
    ? { stays: visitors.id, ends: users.id }
    : { stays: users.id, ends: visitors.id };
}

/** Higher than anything that was granted to either. */
export function mergedEpoch(user: Pick<Side, "epoch">, visitor: Pick<Side, "epoch">): number {
  return Math.max(user.epoch, visitor.epoch) + 1;
}

/**
 * The user's live holder keeps the baton, else the device that signs in has it. Whoever took it over after the look at
 * the lock is there.
 */
export function whoHolds(
  user: Pick<Side, "epoch" | "active_device_id">,
  { holder, device }: Pick<Merge, "holder" | "device">,
): string {
  const isThere = holder.isLive || holder.epoch !== user.epoch;
  return isThere && user.active_device_id !== null ? user.active_device_id : device.id;
}

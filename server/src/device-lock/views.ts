/**
 * What this node knows of the baton of each user that is connected here, and whether it has told them. Kept by baton.ts,
 * which decides; the rows and the lock know better, and are asked before anything passes.
 */
import type { Lock } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import type { Holder, Standing } from "./holderStore.ts";
import type { LockKeeper } from "./lockKeeper.ts";
import { lockSeenBy } from "./lockView.ts";
import type { People } from "./people.ts";

export type View = {
  epoch: number;
  holder: Holder | undefined;
  lostAt?: number | undefined;
  isLive: boolean;
  /** Whether the others here were last told that the holder is there; undefined before they hear of this epoch. */
  wasTold?: boolean | undefined;
};

export type ViewsParts = {
  keeper: LockKeeper;
  people: People;
  /** Said at once: whatever becomes of the command that moved the baton, people know where it is. */
  say(announcements: readonly Announcement[]): void;
};

type Taker = { readonly userId: string; readonly device: { readonly id: string } };

const NOTHING_KNOWN: View = { epoch: 0, holder: undefined, isLive: false };

export class Views {
  readonly #parts: ViewsParts;
  readonly #views = new Map<string, View>();

  constructor(parts: ViewsParts) {
    this.#parts = parts;
  }

  of(userId: string): View | undefined {
    return this.#views.get(userId);
  }

  lockSeenBy(deviceId: string, userId: string): Lock {
    return lockSeenBy(deviceId, this.of(userId) ?? NOTHING_KNOWN);
  }

  /** Not of somebody whose last connection closed while we asked: nobody would ever forget it again. */
  know(userId: string, view: View): void {
    if (this.#parts.people.of(userId).length > 0) this.#views.set(userId, view);
  }

  forget(userId: string): void {
    this.#views.delete(userId);
  }

  /** Takes in what the rows say. @returns whether the holder is live */
  async see(userId: string, standing: Standing): Promise<boolean> {
    const isLive = await this.#parts.keeper.isLive(userId, standing);
    const known = this.of(userId);
    const { epoch, holder, lostAt } = standing;
    // Who arrives first is told by their Snapshot; what others here have not heard of is told at the next sweep.
    const wasTold = known ? this.wasTold(userId, epoch) : isLive;
    if (!known || epoch >= known.epoch) this.know(userId, { epoch, holder, lostAt, isLive, wasTold });
    return isLive;
  }

  /** What the others here last heard of this epoch; undefined when they have not heard of it. */
  wasTold(userId: string, epoch: number): boolean | undefined {
    const known = this.of(userId);
    return known?.epoch === epoch ? known.wasTold : undefined;
  }

  /** Looks whether holders that others here watch are still there, and tells those others. */
  async sweep(): Promise<void> {
    const watched = [...this.#views].filter(([userId, { holder }]) =>
      this.#parts.people.of(userId).some(({ device }) => holder && device.id !== holder.deviceId),
    );
    await Promise.all(watched.map(([userId, view]) => this.#lookAfter(userId, view)));
  }

  async #lookAfter(userId: string, view: View): Promise<void> {
    const isLive = await this.#parts.keeper.isLive(userId, view);
    // Something newer is known by now, and was told or will be.
    if (this.of(userId) !== view) return;
    view.isLive = isLive;
    // Every node looks after those it has.
    if (view.wasTold !== isLive) this.tellOthers(userId, view, { isLocal: true });
  }

  tellOthers(userId: string, view: View, reach: { isLocal?: true } = {}): void {
    view.wasTold = view.isLive;
    const lock = lockSeenBy(undefined, view);
    const device = { except: view.holder?.deviceId ?? "" };
    this.#parts.say([{ userId, event: "lock:changed", payload: { lock }, device, ...reach }]);
  }

  /** The device that took it as well. @param except a connection that its ack tells */
  tellAll({ userId, device }: Taker, view: View, except: string | undefined): void {
    this.tellOthers(userId, view);
    const payload = { lock: lockSeenBy(device.id, view) };
    const not = except === undefined ? {} : { exceptConnection: except };
    this.#parts.say([{ userId, event: "lock:changed", payload, device: { only: device.id }, ...not }]);
  }
}

/**
 * One device speaks: who holds the baton of each user that is connected here, and how it passes on. Called at the door
 * (socket/) and by session:takeover. The rows decide, the lock says who is live, the views here are what this node knows.
 */
import type { Lock } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import type { SitePolicy } from "../config/config.ts";
import { Refused, StaleEpoch } from "../refused.ts";
import type { Moved } from "../session/sessionStore.ts";
import type { Damping } from "./damping.ts";
import type { Holder, HolderStore, Standing } from "./holderStore.ts";
import type { LockKeeper } from "./lockKeeper.ts";
import { toLock } from "./lockView.ts";
import type { People } from "./people.ts";

/** A device as it asks: `epoch` is its grant, 0 while it is passive. */
export type Bearer = {
  readonly userId: string;
  readonly connectionId: string;
  readonly site: { readonly policy: Pick<SitePolicy, "oneDevice"> };
  readonly device: { readonly id: string; readonly label: string };
  epoch: number;
};

/** What a device may do now, what became of the session by its taking over, and who is to be told. */
export type Passed = {
  readonly lock: Lock;
  readonly moved: Moved | undefined;
  readonly announce: readonly Announcement[];
};

export type BatonParts = { store: HolderStore; keeper: LockKeeper; people: People; damping: Damping };

/** `wasTold`: whether the others here were last told that the holder is there. */
type View = { epoch: number; holder: Holder | undefined; isLive: boolean; wasTold: boolean };

const PASSIVE = 0;
const NOTHING_KNOWN: View = { epoch: 0, holder: undefined, isLive: false, wasTold: false };

export class Baton {
  readonly #parts: BatonParts;
  readonly #views = new Map<string, View>();

  constructor(parts: BatonParts) {
    this.#parts = parts;
  }

  /** A device opens. A visible one takes what nobody live holds; its own baton it always finds again. */
  async arrive(bearer: Bearer, how: { visible: boolean; claim: boolean }): Promise<Passed> {
    const standing = await this.#parts.store.readStanding(bearer.userId);
    if (standing.isGone) throw new StaleEpoch();
    if (isShared(bearer)) return this.#share(bearer, standing);
    const isLive = await this.#see(bearer.userId, standing);
    if (standing.holder?.deviceId === bearer.device.id) return this.#reenter(bearer, standing);
    const mayTake = how.claim && how.visible && (!isLive || bearer.site.policy.oneDevice === "newest");
    if (mayTake) {
      // The epoch at which nobody was found live: a node that froze in between gives nothing to a page that is gone.
      const taken = await this.#take(bearer, standing.epoch);
      if (taken) return taken;
    }
    bearer.epoch = PASSIVE;
    return { lock: this.lockOf(bearer), moved: undefined, announce: [] };
  }

  /** «Continue here», pressed. @throws Refused conflict when `epoch` is not the present one, rate_limited for a fight */
  async press(bearer: Bearer, epoch: number | undefined): Promise<Passed> {
    if (isShared(bearer)) return { lock: this.lockOf(bearer), moved: undefined, announce: [] };
    const standing = await this.#parts.store.readStanding(bearer.userId);
    await this.#see(bearer.userId, standing);
    if (standing.holder?.deviceId === bearer.device.id) return this.#reenter(bearer, standing);
    if (epoch !== undefined && epoch !== standing.epoch) throw this.#conflict(bearer);
    const retryAfterMs = this.#parts.damping.press(bearer.userId);
    if (retryAfterMs > 0) {
      throw new Refused("rate_limited", "This chat keeps moving between devices: wait.", { retryAfterMs });
    }
    const taken = await this.#take(bearer, epoch);
    if (taken) return taken;
    await this.look(bearer.userId);
    throw this.#conflict(bearer);
  }

  /** Whether this connection may write without asking. The database has the last word. */
  isActive(bearer: Bearer): boolean {
    if (isShared(bearer)) return true;
    const view = this.#views.get(bearer.userId);
    return bearer.epoch !== PASSIVE && (!view || bearer.epoch >= view.epoch);
  }

  /** The first word of a passive device takes what nobody live holds. @throws Refused not_active_device */
  async takeToWrite(bearer: Bearer, mayTake: boolean): Promise<Passed> {
    const standing = await this.#parts.store.readStanding(bearer.userId);
    const isLive = await this.#see(bearer.userId, standing);
    if (standing.holder?.deviceId === bearer.device.id) return this.#reenter(bearer, standing);
    const taken = mayTake && !isLive ? await this.#take(bearer, standing.epoch) : undefined;
    if (!taken) throw this.notActive(bearer);
    return taken;
  }

  /**
   * A write met another epoch in the database. Where the rows name this very device, or no such user any more, its
   * connection is what is out of date: it begins anew, and its client sends again.
   */
  async isOutdated(bearer: Bearer): Promise<boolean> {
    const standing = await this.look(bearer.userId);
    return isShared(bearer) || standing.isGone || standing.holder?.deviceId === bearer.device.id;
  }

  notActive(bearer: Bearer): Refused {
    return new Refused("not_active_device", "Another device is the active one: take over to write here.", {
      details: { lock: this.lockOf(bearer) },
    });
  }

  /** As this device sees it. */
  lockOf(bearer: Bearer): Lock {
    const view = this.#views.get(bearer.userId);
    if (isShared(bearer)) return { holder: null, epoch: bearer.epoch, mine: true };
    return lockSeenBy(bearer.device.id, view ?? NOTHING_KNOWN);
  }

  /** What the rows say now. */
  async look(userId: string): Promise<Standing> {
    const standing = await this.#parts.store.readStanding(userId);
    await this.#see(userId, standing);
    return standing;
  }

  /** The last connection of this user here closed. */
  forget(userId: string): void {
    this.#views.delete(userId);
    this.#parts.keeper.drop(userId);
  }

  /** Looks whether holders that others here watch are still there, and tells those others. */
  async sweep(): Promise<Announcement[]> {
    const watched = [...this.#views].filter(([userId, { holder }]) =>
      this.#parts.people.of(userId).some(({ device }) => holder && device.id !== holder.deviceId),
    );
    return (await Promise.all(watched.map(([userId, view]) => this.#lookAfter(userId, view)))).flat();
  }

  async #lookAfter(userId: string, view: View): Promise<Announcement[]> {
    const { holder, epoch } = view;
    const isLive = await this.#parts.keeper.isLive(userId, { holder, epoch, isGone: false, lostAt: undefined });
    view.isLive = isLive;
    return isLive === view.wasTold ? [] : this.#tellOthers(userId, view);
  }

  #share(bearer: Bearer, { epoch }: Standing): Passed {
    bearer.epoch = epoch;
    return { lock: this.lockOf(bearer), moved: undefined, announce: [] };
  }

  async #reenter(bearer: Bearer, { epoch, holder, lostAt }: Standing): Promise<Passed> {
    const wasAway = this.#views.get(bearer.userId)?.wasTold === false;
    if (lostAt !== undefined) await this.#parts.store.saveBack(bearer.userId, bearer.device.id);
    if (holder) await this.#grant(bearer, epoch, holder);
    const view = this.#views.get(bearer.userId);
    const announce = wasAway && view ? this.#tellOthers(bearer.userId, view) : [];
    return { lock: this.lockOf(bearer), moved: undefined, announce };
  }

  async #take(bearer: Bearer, epoch: number | undefined): Promise<Passed | undefined> {
    const { userId, device } = bearer;
    const taken = await this.#parts.store.takeOver({ userId, device, epoch });
    if (taken.kind === "moved") {
      await this.look(userId);
      return undefined;
    }
    if (taken.kind === "held") return this.#reenter(bearer, await this.look(userId));
    await this.#grant(bearer, taken.epoch, { deviceId: device.id, label: device.label, since: taken.since });
    const view = this.#views.get(userId);
    return { lock: this.lockOf(bearer), moved: taken.moved, announce: view ? this.#tellAll(bearer, view) : [] };
  }

  /** To all connections of the device. */
  async #grant(bearer: Bearer, epoch: number, holder: Holder): Promise<void> {
    const { userId } = bearer;
    this.#views.set(userId, { epoch, holder, isLive: true, wasTold: true });
    bearer.epoch = epoch;
    for (const { device, caller } of this.#parts.people.of(userId)) {
      if (caller) caller.epoch = device.id === holder.deviceId ? epoch : PASSIVE;
    }
    await this.#parts.keeper.hold(userId, { ...holder, epoch });
  }

  /** @returns whether the holder is live */
  async #see(userId: string, standing: Standing): Promise<boolean> {
    const isLive = await this.#parts.keeper.isLive(userId, standing);
    const known = this.#views.get(userId);
    if (!known || standing.epoch >= known.epoch) {
      const wasTold = known?.epoch === standing.epoch ? known.wasTold : isLive;
      this.#views.set(userId, { epoch: standing.epoch, holder: standing.holder, isLive, wasTold });
    }
    return isLive;
  }

  #tellOthers(userId: string, view: View): Announcement[] {
    const lock = lockSeenBy(undefined, view);
    view.wasTold = view.isLive;
    return [{ userId, event: "lock:changed", payload: { lock }, device: { except: view.holder?.deviceId ?? "" } }];
  }

  #tellAll(bearer: Bearer, view: View): Announcement[] {
    const { userId, connectionId, device } = bearer;
    const mine: Announcement = {
      userId,
      event: "lock:changed",
      payload: { lock: lockSeenBy(device.id, view) },
      device: { only: device.id },
      exceptConnection: connectionId,
    };
    return [...this.#tellOthers(userId, view), mine];
  }

  #conflict(bearer: Bearer): Refused {
    return new Refused("conflict", "The chat moved to another device since: look at the lock and decide again.", {
      details: { lock: this.lockOf(bearer) },
    });
  }
}

function isShared({ site }: Bearer): boolean {
  return site.policy.oneDevice === "shared";
}

/** A holder that is not there is nobody, but to itself. */
function lockSeenBy(deviceId: string | undefined, { epoch, holder, isLive }: View): Lock {
  const isMine = holder !== undefined && holder.deviceId === deviceId;
  return toLock(isLive || isMine ? holder : undefined, epoch, deviceId ?? "");
}

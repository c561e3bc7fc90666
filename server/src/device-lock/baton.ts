/**
 * One device speaks: who holds the baton of each user that is connected here, and how it passes on. Called at the door
 * (socket/) and by session:takeover. The rows decide, the lock says who is live, views.ts keeps what this node knows.
 */
import type { Lock } from "@baton/shared/visitor/shapes";
import type { SitePolicy } from "../config/config.ts";
import { Refused, StaleEpoch } from "../refused.ts";
import type { Moved } from "../session/sessionStore.ts";
import type { Damping } from "./damping.ts";
import { isOutOfDate, PASSIVE } from "./grant.ts";
import type { Holder, HolderStore, Standing } from "./holderStore.ts";
import { type View, Views, type ViewsParts } from "./views.ts";

/** A device as it asks: `epoch` is its grant, 0 while it is passive. */
export type Bearer = {
  readonly userId: string;
  readonly connectionId: string;
  readonly site: { readonly policy: Pick<SitePolicy, "oneDevice"> };
  readonly device: { readonly id: string; readonly label: string };
  epoch: number;
};

/** What a device may do now, whether that is news, and what became of the session by it. */
export type Passed = { readonly lock: Lock; readonly hasPassed: boolean; readonly moved: Moved | undefined };

export type BatonParts = ViewsParts & {
  store: HolderStore;
  damping: Damping;
  /** Asks the page of a connection here for a sign of life: `owesLife` until it comes. */
  askForLife(connectionId: string): void;
  /** The baton has passed here: other nodes with connections of this user look for themselves. */
  passed(userId: string): void;
};

export class Baton {
  readonly #parts: BatonParts;
  readonly #views: Views;

  constructor(parts: BatonParts) {
    this.#parts = parts;
    this.#views = new Views(parts);
  }

  /** A device opens. A visible one takes what nobody live holds; its own baton it always finds again. */
  async arrive(bearer: Bearer, how: { visible: boolean; claim: boolean }): Promise<Passed> {
    const standing = await this.#parts.store.readStanding(bearer.userId);
    if (standing.isGone) throw new StaleEpoch();
    if (isShared(bearer)) return this.#share(bearer, standing);
    const isLive = await this.#views.see(bearer.userId, standing);
    if (standing.holder?.deviceId === bearer.device.id) return this.#reenter(bearer, standing);
    const mayTake = how.claim && how.visible && (!isLive || bearer.site.policy.oneDevice === "newest");
    // The epoch at which nobody was found live: a node that froze in between gives nothing to a page that is gone.
    const taken = mayTake ? await this.#take(bearer, standing.epoch, bearer.connectionId) : undefined;
    return taken ?? this.#asItStands(bearer);
  }

  /** «Continue here», pressed. @throws Refused conflict when `epoch` is not the present one, rate_limited for a fight */
  async press(bearer: Bearer, epoch: number | undefined): Promise<Passed> {
    if (isShared(bearer)) return this.#asItStands(bearer);
    const standing = await this.look(bearer.userId);
    if (standing.holder?.deviceId === bearer.device.id) return this.#reenter(bearer, standing);
    if (epoch !== undefined && epoch !== standing.epoch) throw this.#conflict(bearer);
    const retryAfterMs = await this.#parts.damping.press(bearer.userId);
    if (retryAfterMs > 0) {
      throw new Refused("rate_limited", "This chat keeps moving between devices: wait.", { retryAfterMs });
    }
    const taken = await this.#take(bearer, epoch, bearer.connectionId);
    if (!taken) throw this.#conflict(bearer);
    return taken;
  }

  /** The device is signed out, and its rows say so: nobody need wait for it to be gone. */
  async letGo({ userId, device }: Bearer): Promise<void> {
    const epoch = await this.#parts.store.letGo({ userId, deviceId: device.id });
    const known = this.#views.of(userId);
    if (epoch === undefined || known?.epoch !== epoch) return;
    const view: View = { epoch, holder: undefined, isLive: false };
    this.#views.know(userId, view);
    await this.#parts.keeper.letGo(userId, { deviceId: device.id, epoch });
    this.#parts.passed(userId);
    this.#views.tellOthers(userId, view);
  }

  /** It has passed on another node, which tells people. The new epoch is granted to the tabs of the holder here. */
  async hear(userId: string): Promise<void> {
    if (this.#parts.people.of(userId).length === 0) return;
    const { epoch, holder } = await this.look(userId);
    const view = this.#views.of(userId);
    if (view?.epoch !== epoch) return;
    // That node tells everybody, those here too.
    view.wasTold = view.isLive;
    this.#grantEach(userId, epoch, holder);
    const isHere = this.#parts.people.of(userId).some(({ device }) => device.id === holder?.deviceId);
    if (holder && isHere) await this.#parts.keeper.hold(userId, { ...holder, epoch });
    else this.#parts.keeper.drop(userId);
  }

  /** Whether this connection may write without asking. The database has the last word. */
  isActive(bearer: Bearer): boolean {
    if (isShared(bearer)) return true;
    const view = this.#views.of(bearer.userId);
    return bearer.epoch !== PASSIVE && (!view || bearer.epoch >= view.epoch);
  }

  /**
   * The first word of a passive device takes what nobody live holds. Its own connection is told too: no ack of a word
   * says who holds. @throws Refused not_active_device, StaleEpoch
   */
  async takeToWrite(bearer: Bearer, mayTake: boolean): Promise<Passed> {
    const standing = await this.#parts.store.readStanding(bearer.userId);
    const isLive = await this.#views.see(bearer.userId, standing);
    const isOwn = standing.holder?.deviceId === bearer.device.id;
    // It lost the baton and its device has it again: what comes from before that comes too late, also from a frozen node.
    if (isOwn && (isOutOfDate(bearer, standing.epoch) || this.#owesLife(bearer))) throw new StaleEpoch();
    if (isOwn) return this.#reenter(bearer, standing);
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

  /** For what no row orders against a takeover. @throws StaleEpoch */
  async confirm({ userId, epoch }: Bearer): Promise<void> {
    if ((await this.#parts.store.readStanding(userId)).epoch !== epoch) throw new StaleEpoch();
  }

  notActive(bearer: Bearer): Refused {
    return new Refused("not_active_device", "This device is not the active one: take over to write here.", {
      details: { lock: this.lockOf(bearer) },
    });
  }

  /** As this device sees it. */
  lockOf(bearer: Bearer): Lock {
    if (isShared(bearer)) return { holder: null, epoch: bearer.epoch, mine: true };
    return this.#views.lockSeenBy(bearer.device.id, bearer.userId);
  }

  /** What the rows say now. */
  async look(userId: string): Promise<Standing> {
    const standing = await this.#parts.store.readStanding(userId);
    await this.#views.see(userId, standing);
    return standing;
  }

  /** The last connection of this user here closed. */
  forget(userId: string): void {
    this.#views.forget(userId);
    this.#parts.keeper.drop(userId);
  }

  /** Looks whether holders that others here watch are still there, and tells those others. */
  sweep(): Promise<void> {
    return this.#views.sweep();
  }

  #share(bearer: Bearer, { epoch }: Standing): Passed {
    bearer.epoch = epoch;
    return this.#unchanged(bearer);
  }

  async #reenter(bearer: Bearer, { epoch, holder, lostAt }: Standing): Promise<Passed> {
    const { keeper, store } = this.#parts;
    const { userId, device } = bearer;
    if (lostAt !== undefined || keeper.isBeingLost(userId, device.id)) await store.saveBack(userId, device.id);
    const granted = holder && (await this.#grant(bearer, epoch, holder));
    if (granted?.wasTold === false) this.#views.tellOthers(userId, granted);
    return this.#unchanged(bearer);
  }

  /** @param except a connection that its ack tells */
  async #take(bearer: Bearer, epoch: number | undefined, except?: string): Promise<Passed | undefined> {
    const { userId, device } = bearer;
    const taken = await this.#parts.store.takeOver({ userId, device, epoch });
    if (taken.kind !== "taken") {
      const standing = await this.look(userId);
      // Another tab, or another word, of this very device may have been the quicker one.
      return standing.holder?.deviceId === device.id ? this.#reenter(bearer, standing) : undefined;
    }
    // Before anybody is told: a tab of this device on another node may write at once.
    this.#parts.passed(userId);
    const granted = await this.#grant(bearer, taken.epoch, {
      deviceId: device.id,
      label: device.label,
      since: taken.since,
    });
    if (granted) this.#views.tellAll(bearer, granted, except);
    return { lock: this.lockOf(bearer), hasPassed: true, moved: taken.moved };
  }

  /**
   * To all connections of the device. Undefined when another device has taken over meanwhile: what was read, or even
   * committed, before that is answered late.
   */
  async #grant(bearer: Bearer, epoch: number, holder: Holder): Promise<View | undefined> {
    const { userId } = bearer;
    const known = this.#views.of(userId);
    if (known && known.epoch > epoch) {
      this.#asItStands(bearer);
      return undefined;
    }
    const view: View = { epoch, holder, isLive: true, wasTold: this.#views.wasTold(userId, epoch) };
    bearer.epoch = epoch;
    this.#views.know(userId, view);
    this.#grantEach(userId, epoch, holder);
    await this.#parts.keeper.hold(userId, { ...holder, epoch });
    return view;
  }

  #grantEach(userId: string, epoch: number, holder: Holder | undefined): void {
    for (const present of this.#parts.people.of(userId)) {
      const { device, caller } = present;
      if (!caller) continue;
      if (isShared(caller)) caller.epoch = epoch;
      else if (device.id !== holder?.deviceId) {
        if (caller.epoch !== PASSIVE) this.#parts.askForLife(present.id);
        caller.epoch = PASSIVE;
      }
      // Whoever missed that it lost the baton keeps its old grant, and begins anew at its next word.
      else if (!isOutOfDate(caller, epoch) && present.owesLife === 0) caller.epoch = epoch;
    }
  }

  #owesLife({ userId, connectionId }: Bearer): boolean {
    return this.#parts.people.of(userId).some(({ id, owesLife }) => id === connectionId && owesLife > 0);
  }

  #asItStands(bearer: Bearer): Passed {
    const view = this.#views.of(bearer.userId);
    if (!isShared(bearer)) bearer.epoch = view?.holder?.deviceId === bearer.device.id ? view.epoch : PASSIVE;
    return this.#unchanged(bearer);
  }

  #unchanged(bearer: Bearer): Passed {
    return { lock: this.lockOf(bearer), hasPassed: false, moved: undefined };
  }

  #conflict(bearer: Bearer): Refused {
    return new Refused("conflict", "The chat moved to another device since: look at the lock and decide again.", {
      details: { lock: this.lockOf(bearer) },
    });
  }
}

function isShared({ site }: Pick<Bearer, "site">): boolean {
  return site.policy.oneDevice === "shared";
}

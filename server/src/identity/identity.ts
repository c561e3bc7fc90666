/**
 * Who a connection is: what its tokens claim, whether that still holds, and the user behind it. Called by the socket's
 * door at the handshake and at session:open.
 */
import type { VisitorAuth } from "@baton/shared/visitor/connecting";
import { nanoid } from "nanoid";
import type { SiteConfig } from "../config/config.ts";
import { Refused } from "../refused.ts";
import type { Keyring, Vault } from "../transcript/vault.ts";
import {
  type Claim,
  ConnectRefused,
  changedProfile,
  type IdentifiedClaim,
  profileOf,
  type VisitorClaim,
  whyVoid,
} from "./claims.ts";
import type { LoggingOut } from "./loggingOut.ts";
import type { Merged, MergeStore } from "./merge.ts";
import type { KnownUser, NewUser, SignedOut, SignOut, UserRef, UserRow, UserStore } from "./userStore.ts";
import type { UserClaims, UserTokenVerifier } from "./userToken.ts";
import type { VisitorTokens } from "./visitorToken.ts";

export type Admitted = {
  claim: Claim;
  user: UserRow;
  keys: Keyring;
  /** When the rows were looked at, by the database's clock, and the user's epoch then: what came later is news to it. */
  at: { ms: number; epoch: number };
  visitorToken?: string;
};
/** Of a merge that comes with admitting: `before` may refuse it by throwing; `done` hears of it whatever comes after. */
export type Merging = { before(userId: string): void; done(merged: Merged): void };
/** A connection's later token: a sign-out before it was judged is none of its business. */
export type Renewed = { claim: IdentifiedClaim; judgedAtMs: number };
type Where = { site: SiteConfig; device: { id: string; label: string } };
type KnownClaim = Extract<Claim, { kind: "visitor" | "identified" }>;

export type IdentityParts = {
  store: UserStore & MergeStore;
  vault: Vault;
  visitorTokens: VisitorTokens;
  verifierOf: (siteId: string) => UserTokenVerifier;
  now: () => number;
  /** Whether the device that the rows name as holder is there, and at which epoch they were read. */
  holderOf: (userId: string) => Promise<{ epoch: number; isLive: boolean }>;
  /** Somebody was signed out or merged: looks at the connections of this node. Never rejects. */
  changed: () => Promise<void>;
  /** What is about to be found here and on other nodes was a logout. */
  expectLogout(who: LoggingOut): void;
  /** Other nodes look for it at once. */
  tellNodes(): void;
};

/** The site's keys are out of reach for now: nothing is said about the token. */
const KEYS_RETRY_MS = 2_000;

export class Identity {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /** @throws ConnectRefused */
  async claim(site: SiteConfig, auth: VisitorAuth): Promise<Claim> {
    if (auth.handover !== undefined)
      throw new ConnectRefused("token_invalid", "This code is unknown, used or expired.");
    const visitor = auth.visitorToken === undefined ? undefined : this.#visitorClaim(site, auth.visitorToken);
    // A user token speaks for itself, whatever lies beside it.
    if (auth.userToken !== undefined)
      return { ...(await this.#userClaim(site, auth.userToken)), ...(visitor && { visitor }) };
    if (auth.visitorToken === undefined) return { kind: "new", userId: nanoid() };
    if (!visitor) throw new ConnectRefused("token_invalid", "This visitor token is not of this site.");
    return visitor;
  }

  async #userClaim(site: SiteConfig, token: string): Promise<Exclude<Claim, { kind: "new" | "visitor" }>> {
    const verdict = await this.#parts.verifierOf(site.id).verify(token);
    if (verdict.ok) return { kind: "identified", claims: verdict.claims };
    if (verdict.code === "unavailable") return { kind: "unverified", token };
    throw new ConnectRefused(verdict.code, verdict.message);
  }

  #visitorClaim(site: SiteConfig, token: string): VisitorClaim | undefined {
    const claims = this.#parts.visitorTokens.verify(token);
    if (claims?.site !== site.id) return undefined;
    return { kind: "visitor", userId: claims.userId, issuedAtMs: claims.issuedAtMs };
  }

  /** The user this claim names, or undefined when there is none yet. @throws ConnectRefused */
  async find(claim: Claim, { site, device }: Where): Promise<KnownUser | undefined> {
    if (claim.kind === "unverified" || claim.kind === "new") return undefined;
    const user = await this.#parts.store.find(refOf(claim), { site: site.id, deviceId: device.id });
    const why = whyVoid(claim, user);
    if (why) throw why;
    return user;
  }

  /** Finds the user or makes them, once with all that was theirs before they signed in; remembers the device. */
  async admit(claimed: Claim, where: Where, merging: Merging): Promise<Admitted> {
    const { store, vault } = this.#parts;
    const claim = await this.#verified(claimed, where.site);
    // Before the user is looked at: also where another connection has merged them, this one needs all their keys.
    await this.#merge(claim, where, merging);
    const user = (await this.find(claim, where)) ?? (await this.#make(claim, where));
    const profile = claim.kind === "identified" ? changedProfile(user, claim.claims) : undefined;
    if (profile) await store.updateProfile(user.id, profile);
    if (user.device_label !== where.device.label) await store.saveDevice(user.id, where.device);
    const admitted = {
      claim,
      user: { ...user, ...profile },
      keys: vault.keyring(user.keys),
      at: { ms: user.read_at.getTime(), epoch: user.epoch },
    };
    return claim.kind === "new" ? { ...admitted, visitorToken: this.#issue(user) } : admitted;
  }

  async #verified(claim: Claim, site: SiteConfig): Promise<Claim> {
    if (claim.kind !== "unverified") return claim;
    const { token, visitor } = claim;
    return { kind: "identified", claims: await this.verifyUserToken(site, token), ...(visitor && { visitor }) };
  }

  /** A visitor token that is spent, signed out or of somebody erased is ignored: the user token is enough. */
  async #merge(claim: Claim, where: Where, { before, done }: Merging): Promise<void> {
    const { store, holderOf } = this.#parts;
    if (claim.kind !== "identified" || !claim.visitor) return;
    const { visitor } = claim;
    const { site, device } = where;
    const known = await store.find({ id: visitor.userId }, { site: site.id, deviceId: device.id });
    if (known?.kind !== "visitor" || whyVoid(visitor, known)) return;
    const { id: userId } = (await this.find(claim, where)) ?? (await this.#make(claim, where));
    before(userId);
    const holder = await holderOf(userId);
    const merged = await store.merge({ claim, userId, visitor, device, policy: site.policy, holder });
    if (merged) done(merged);
  }

  #issue(user: UserRow): string {
    return this.#parts.visitorTokens.issue({ site: user.site, userId: user.id, issuedAtMs: this.#parts.now() });
  }

  async #make(claim: Claim, { site, device }: Where): Promise<KnownUser> {
    const { store, vault } = this.#parts;
    const made = newUser(claim);
    await store.insert({ ...made, site: site.id, key: vault.newKey(), device });
    // Read back: another connection may have made the same person first.
    const ref = made.externalId === undefined ? { id: made.id } : { externalId: made.externalId };
    const user = await store.find(ref, { site: site.id, deviceId: device.id });
    if (!user) throw new Error("a user that was just made is not there");
    return user;
  }

  /** @throws Refused token_invalid, token_expired; storage_unavailable when the site's keys are out of reach */
  async verifyUserToken(site: SiteConfig, token: string): Promise<UserClaims> {
    const verdict = await this.#parts.verifierOf(site.id).verify(token);
    if (verdict.ok) return verdict.claims;
    if (verdict.code !== "unavailable") throw new Refused(verdict.code, verdict.message);
    throw new Refused("storage_unavailable", verdict.message, { retryAfterMs: KEYS_RETRY_MS });
  }

  /**
   * A later token of a person who is connected: one that was signed out meanwhile does not keep them.
   * @throws Refused as verifyUserToken
   */
  async renew(
    token: string,
    { site, device, externalId }: Where & { externalId: string | undefined },
  ): Promise<Renewed> {
    const claims = await this.verifyUserToken(site, token);
    if (claims.sub !== externalId) throw new Refused("token_invalid", "This token is of another person.");
    const user = await this.#parts.store.find({ externalId }, { site: site.id, deviceId: device.id });
    if (!user) throw new Refused("token_invalid", "This person is not known here any more.");
    const claim: IdentifiedClaim = { kind: "identified", claims };
    const why = whyVoid(claim, user);
    if (why) throw new Refused("token_invalid", why.message);
    return { claim, judgedAtMs: user.read_at.getTime() };
  }

  /** A person logs out on this device; an anonymous visitor, who is nothing but their token, everywhere. */
  async logOut({ site, userId, user, device }: Leaving): Promise<void> {
    const deviceId = user.kind === "visitor" ? undefined : device.id;
    // Before it is committed: from then on any look finds it, whatever it was looking for.
    this.#parts.expectLogout({ userId, deviceId: deviceId ?? null });
    await this.#parts.store.signOut({ site: site.id, user: { id: userId }, deviceId });
    this.#parts.tellNodes();
  }

  /** Two users became one: whoever is connected here is told now, and not at the next look. Never rejects. */
  changed(): Promise<void> {
    this.#parts.tellNodes();
    return this.#parts.changed();
  }

  /** For a site's own servers; resolves when whoever is connected here has been told. */
  async signOut(of: SignOut): Promise<SignedOut | undefined> {
    const signedOut = await this.#parts.store.signOut(of);
    if (signedOut) await this.changed();
    return signedOut;
  }
}

type Leaving = {
  site: { id: string };
  userId: string;
  user: { kind: UserRow["kind"] };
  device: { id: string };
};

function refOf(claim: KnownClaim): UserRef {
  return claim.kind === "visitor" ? { id: claim.userId } : { externalId: claim.claims.sub };
}

function newUser(claim: Claim): Omit<NewUser, "site" | "key" | "device"> {
  switch (claim.kind) {
    case "new":
      return { id: claim.userId, kind: "visitor" };
    case "identified":
      return { id: nanoid(), kind: "identified", externalId: claim.claims.sub, ...profileOf(claim.claims) };
    default:
      throw new Error(`a ${claim.kind} claim makes no user`);
  }
}

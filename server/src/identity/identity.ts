/**
 * Who a connection is: what its tokens claim, whether that still holds, and the user behind it. Called by the socket's
 * door at the handshake and at session:open.
 */
import type { VisitorAuth } from "@baton/shared/visitor/connecting";
import { nanoid } from "nanoid";
import type { SiteConfig } from "../config/config.ts";
import { Refused } from "../refused.ts";
import type { Keyring, Vault } from "../transcript/vault.ts";
import { type Claim, ConnectRefused, changedProfile, profileOf, whyVoid } from "./claims.ts";
import type { KnownUser, NewUser, UserRef, UserRow, UserStore } from "./userStore.ts";
import type { UserClaims, UserTokenVerifier } from "./userToken.ts";
import type { VisitorTokens } from "./visitorToken.ts";

export type Admitted = { claim: Claim; user: UserRow; keys: Keyring; visitorToken?: string };
type Where = { site: SiteConfig; device: { id: string; label: string } };
type KnownClaim = Extract<Claim, { kind: "visitor" | "identified" }>;

export type IdentityParts = {
  store: UserStore;
  vault: Vault;
  visitorTokens: VisitorTokens;
  verifierOf: (siteId: string) => UserTokenVerifier;
  now: () => number;
};

/** The site's keys are out of reach for now: nothing is said about the token. */
const KEYS_RETRY_MS = 2_000;

export class Identity {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /**
   * A user token speaks for itself; a visitor token beside it is ignored until merging comes with the sessions' rules.
   * @throws ConnectRefused
   */
  async claim(site: SiteConfig, auth: VisitorAuth): Promise<Claim> {
    if (auth.handover !== undefined)
      throw new ConnectRefused("token_invalid", "This code is unknown, used or expired.");
    if (auth.userToken !== undefined) return this.#userClaim(site, auth.userToken);
    return auth.visitorToken === undefined
      ? { kind: "new", userId: nanoid() }
      : this.#visitorClaim(site, auth.visitorToken);
  }

  async #userClaim(site: SiteConfig, token: string): Promise<Claim> {
    const verdict = await this.#parts.verifierOf(site.id).verify(token);
    if (verdict.ok) return { kind: "identified", claims: verdict.claims };
    if (verdict.code === "unavailable") return { kind: "unverified", token };
    throw new ConnectRefused(verdict.code, verdict.message);
  }

  #visitorClaim(site: SiteConfig, token: string): Claim {
    const claims = this.#parts.visitorTokens.verify(token);
    if (claims?.site !== site.id) throw new ConnectRefused("token_invalid", "This visitor token is not of this site.");
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

  /** Finds the user or makes them, and remembers the device. */
  async admit(claimed: Claim, where: Where): Promise<Admitted> {
    const { store, vault } = this.#parts;
    const claim = await this.#verified(claimed, where.site);
    const user = (await this.find(claim, where)) ?? (await this.#make(claim, where));
    const profile = claim.kind === "identified" ? changedProfile(user, claim.claims) : undefined;
    if (profile) await store.updateProfile(user.id, profile);
    if (user.device_label !== where.device.label) await store.saveDevice(user.id, where.device);
    const admitted = { claim, user: { ...user, ...profile }, keys: vault.keyring(user.keys) };
    return claim.kind === "new" ? { ...admitted, visitorToken: this.#issue(user) } : admitted;
  }

  async #verified(claim: Claim, site: SiteConfig): Promise<Claim> {
    if (claim.kind !== "unverified") return claim;
    return { kind: "identified", claims: await this.verifyUserToken(site, claim.token) };
  }

  #issue(user: UserRow): string {
    return this.#parts.visitorTokens.issue({ site: user.site, userId: user.id, issuedAtMs: this.#parts.now() });
  }

  async #make(claim: Claim, { site, device }: Where): Promise<KnownUser> {
    const { store, vault } = this.#parts;
    const made = newUser(claim);
    await store.insert({ ...made, site: site.id, key: vault.newKey() });
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
  async renew(token: string, { site, device, externalId }: Where & { externalId: string | undefined }) {
    const claims = await this.verifyUserToken(site, token);
    if (claims.sub !== externalId) throw new Refused("token_invalid", "This token is of another person.");
    const user = await this.#parts.store.find({ externalId }, { site: site.id, deviceId: device.id });
    const why = whyVoid({ kind: "identified", claims }, user);
    if (why) throw new Refused("token_invalid", why.message);
    return claims;
  }

  /** A person signs this device out; an anonymous visitor, who is nothing but their token, everything. */
  signOut(who: { userId: string; user: { kind: UserRow["kind"] }; device: { id: string } }): Promise<void> {
    const { store } = this.#parts;
    return who.user.kind === "visitor" ? store.signOutUser(who.userId) : store.signOutDevice(who.userId, who.device.id);
  }
}

function refOf(claim: KnownClaim): UserRef {
  return claim.kind === "visitor" ? { id: claim.userId } : { externalId: claim.claims.sub };
}

function newUser(claim: Claim): Omit<NewUser, "site" | "key"> {
  switch (claim.kind) {
    case "new":
      return { id: claim.userId, kind: "visitor" };
    case "identified":
      return { id: nanoid(), kind: "identified", externalId: claim.claims.sub, ...profileOf(claim.claims) };
    default:
      throw new Error(`a ${claim.kind} claim makes no user`);
  }
}

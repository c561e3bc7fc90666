/**
 * Who a connection is: what its tokens claim, whether that still holds, and the user behind it. Called by the socket's
 * door at the handshake and at session:open.
 */
import type { ConnectRefusalCode } from "@baton/shared/refusals";
import type { VisitorAuth } from "@baton/shared/visitor/connecting";
import { nanoid } from "nanoid";
import type { SiteConfig } from "../config.ts";
import { Refused } from "../refused.ts";
import type { Keyring, Vault, WrappedKey } from "../transcript/vault.ts";
import type { UserClaims, UserTokenVerifier } from "./userToken.ts";
import type { VisitorTokens } from "./visitorToken.ts";

export type UserRow = {
  id: string;
  site: string;
  kind: "visitor" | "identified";
  external_id: string | null;
  name: string | null;
  email: string | null;
  locale: string | null;
  epoch: number;
  not_before: Date | null;
  merged_into: string | null;
  erased_at: Date | null;
};

/** A user as a connection meets them: with this device's own rule, and the keys to what was said. */
export type KnownUser = UserRow & { device_not_before: Date | null; device_label: string | null; keys: WrappedKey[] };

type Profile = { name?: string; email?: string; locale?: string };
export type NewUser = Profile & { id: string; site: string; kind: UserRow["kind"]; externalId?: string; key: WrappedKey };
export type UserRef = { id: string } | { externalId: string };

export type UserStore = {
  find(ref: UserRef, place: { site: string; deviceId: string }): Promise<KnownUser | undefined>;
  /** Does nothing when another connection made the same person first. */
  insert(user: NewUser): Promise<void>;
  updateProfile(userId: string, profile: Profile): Promise<void>;
  saveDevice(userId: string, device: { id: string; label: string }): Promise<void>;
  signOutDevice(userId: string, deviceId: string): Promise<void>;
  signOutUser(userId: string): Promise<void>;
};

/** What the tokens of a handshake say. `unverified`: the site's keys could not be fetched just now. */
export type Claim =
  | { kind: "new"; userId: string }
  | { kind: "visitor"; userId: string; issuedAtMs: number }
  | { kind: "identified"; claims: UserClaims }
  | { kind: "unverified"; token: string };

/** Why a connection must not be: answered as a connect_error. */
export class ConnectRefused extends Error {
  override readonly name = "ConnectRefused";
  readonly code: ConnectRefusalCode;
  constructor(code: ConnectRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type Admitted = { user: UserRow; keys: Keyring; visitorToken?: string };
type Where = { site: SiteConfig; device: { id: string; label: string } };

export type Identity = ReturnType<typeof createIdentity>;

export function createIdentity(parts: {
  store: UserStore;
  vault: Vault;
  visitorTokens: VisitorTokens;
  verifierOf: (siteId: string) => UserTokenVerifier;
  now: () => number;
}) {
  const { store, vault, visitorTokens, verifierOf, now } = parts;

  async function verify(site: SiteConfig, token: string): Promise<UserClaims> {
    const verdict = await verifierOf(site.id).verify(token);
    if (verdict.ok) return verdict.claims;
    if (verdict.code === "unavailable") throw new Refused("storage_unavailable", verdict.message, { retryAfterMs: 2_000 });
    throw new Refused(verdict.code, verdict.message);
  }

  function visitorClaim(site: SiteConfig, token: string): Claim {
    const claims = visitorTokens.verify(token);
    if (!claims || claims.site !== site.id) throw new ConnectRefused("token_invalid", "This visitor token is not of this site.");
    return { kind: "visitor", userId: claims.userId, issuedAtMs: claims.issuedAtMs };
  }

  /** A user token speaks for itself; a visitor token beside it is ignored. Merging the two comes with the sessions' rules. */
  async function claim(site: SiteConfig, auth: VisitorAuth): Promise<Claim> {
    if (auth.handover !== undefined) throw new ConnectRefused("token_invalid", "This code is unknown, used or expired.");
    if (auth.userToken === undefined) {
      return auth.visitorToken === undefined ? { kind: "new", userId: nanoid() } : visitorClaim(site, auth.visitorToken);
    }
    const verdict = await verifierOf(site.id).verify(auth.userToken);
    if (verdict.ok) return { kind: "identified", claims: verdict.claims };
    if (verdict.code === "unavailable") return { kind: "unverified", token: auth.userToken };
    throw new ConnectRefused(verdict.code, verdict.message);
  }

  /** The user this claim names, or undefined when there is none yet. @throws ConnectRefused */
  async function find(which: Claim, { site, device }: Where): Promise<KnownUser | undefined> {
    if (which.kind === "unverified" || which.kind === "new") return undefined;
    const ref = which.kind === "visitor" ? { id: which.userId } : { externalId: which.claims.sub };
    const user = await store.find(ref, { site: site.id, deviceId: device.id });
    refuseVoid(which, user);
    return user;
  }

  /** Finds the user or makes them, and remembers the device. */
  async function admit(claimed: Claim, where: Where): Promise<{ claim: Claim; admitted: Admitted }> {
    const which: Claim =
      claimed.kind === "unverified" ? { kind: "identified", claims: await verify(where.site, claimed.token) } : claimed;
    const user = (await find(which, where)) ?? (await make(which, where));
    const profile = which.kind === "identified" ? changedProfile(user, which.claims) : undefined;
    if (profile) await store.updateProfile(user.id, profile);
    if (user.device_label !== where.device.label) await store.saveDevice(user.id, where.device);
    const token = which.kind === "new" ? visitorTokens.issue({ site: where.site.id, userId: user.id, issuedAtMs: now() }) : undefined;
    const admitted = { user: { ...user, ...profile }, keys: vault.keyring(user.keys), ...(token !== undefined && { visitorToken: token }) };
    return { claim: which, admitted };
  }

  async function make(which: Claim, where: Where): Promise<KnownUser> {
    const key = vault.newKey();
    const site = where.site.id;
    if (which.kind === "identified") {
      const { sub, name, email, locale } = which.claims;
      const profile = { ...(name !== undefined && { name }), ...(email !== undefined && { email }), ...(locale !== undefined && { locale }) };
      await store.insert({ id: nanoid(), site, kind: "identified", externalId: sub, key, ...profile });
    } else if (which.kind === "new") {
      await store.insert({ id: which.userId, site, kind: "visitor", key });
    }
    const ref = which.kind === "identified" ? { externalId: which.claims.sub } : { id: which.kind === "new" ? which.userId : "" };
    const user = await store.find(ref, { site, deviceId: where.device.id });
    if (!user) throw new Error("a user that was just made is not there");
    return user;
  }

  return {
    claim,
    find,
    admit,
    /** @throws Refused token_invalid, token_expired */
    verifyUserToken: verify,
    /** A person signs this device out; an anonymous visitor, who is nothing but their token, everything. */
    signOut: (who: { userId: string; user: { kind: UserRow["kind"] }; device: { id: string } }): Promise<void> =>
      who.user.kind === "visitor" ? store.signOutUser(who.userId) : store.signOutDevice(who.userId, who.device.id),
  };
}

/** Rules: protocol.md, «Connecting as a visitor»; sessions.md, «Revoking». */
function refuseVoid(which: Claim, user: KnownUser | undefined): void {
  if (which.kind === "visitor" && !user) throw new ConnectRefused("token_invalid", "This visitor is not known here.");
  if (!user) return;
  if (user.erased_at) throw new ConnectRefused("user_erased", "This user was erased.");
  if (which.kind === "visitor" && user.merged_into) throw new ConnectRefused("token_invalid", "This visitor has signed in since.");
  if (isVoid(which, user.not_before) || isVoid(which, user.device_not_before)) {
    throw new ConnectRefused("token_invalid", "This token was signed out. Get a new one.");
  }
}

/**
 * A site's `iat` has whole seconds, so a token of the very second of signing out still counts. Our own tokens have
 * milliseconds and need no such grace.
 */
function isVoid(which: Claim, notBefore: Date | null): boolean {
  if (!notBefore) return false;
  if (which.kind === "visitor") return which.issuedAtMs <= notBefore.getTime();
  return which.kind === "identified" && which.claims.iat < Math.floor(notBefore.getTime() / 1_000);
}

/** What the site's token says now and the row does not. */
function changedProfile(user: UserRow, claims: UserClaims): Profile | undefined {
  const said = Object.entries({ name: claims.name, email: claims.email, locale: claims.locale });
  const changed = said.filter(([key, value]) => value !== undefined && value !== user[key as keyof Profile]);
  return changed.length > 0 ? (Object.fromEntries(changed) as Profile) : undefined;
}

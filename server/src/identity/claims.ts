/** What the tokens of a handshake claim, and whether the user's row lets them. PURE. */
import type { ConnectRefusalCode } from "@baton/shared/refusals";
import type { KnownUser, Profile, UserRow } from "./userStore.ts";
import type { UserClaims } from "./userToken.ts";

export type VisitorClaim = { kind: "visitor"; userId: string; issuedAtMs: number };
/** `visitor`: who they were on this device before they signed in; becomes theirs at session:open, once. */
export type IdentifiedClaim = { kind: "identified"; claims: UserClaims; visitor?: VisitorClaim };

/** `unverified`: the site's keys could not be fetched just now; session:open verifies again. */
export type Claim =
  | { kind: "new"; userId: string }
  | VisitorClaim
  | IdentifiedClaim
  | { kind: "unverified"; token: string; visitor?: VisitorClaim };

/** What of a user's row, and of this device's, says whether a token still counts. */
export type Judged = Pick<KnownUser, "not_before" | "merged_into" | "erased_at" | "device_not_before">;

/** Why a connection must not be: answered as a connect_error. */
export class ConnectRefused extends Error {
  override readonly name = "ConnectRefused";
  readonly code: ConnectRefusalCode;
  constructor(code: ConnectRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Why this claim holds no more; undefined when it does. Rules: protocol.md, «Connecting»; sessions.md, «Revoking». */
export function whyVoid(claim: Claim, user: Judged | undefined): ConnectRefused | undefined {
  if (claim.kind === "visitor" && !user) return new ConnectRefused("token_invalid", "This visitor is not known here.");
  if (!user) return undefined;
  if (user.erased_at) return new ConnectRefused("user_erased", "This user was erased.");
  if (claim.kind === "visitor" && user.merged_into) {
    return new ConnectRefused("token_invalid", "This visitor has signed in since.");
  }
  return isOlder(claim, user.not_before) || isOlder(claim, user.device_not_before)
    ? new ConnectRefused("token_invalid", "This token was signed out. Get a new one.")
    : undefined;
}

/**
 * Whether its token was issued before a sign-out. A site's `iat` has whole seconds, so a token of the very second of
 * signing out still counts. Our own tokens have milliseconds and need no such grace.
 */
export function isOlder(claim: Claim, notBefore: Date | null): boolean {
  if (!notBefore) return false;
  if (claim.kind === "visitor") return claim.issuedAtMs <= notBefore.getTime();
  return claim.kind === "identified" && claim.claims.iat < Math.floor(notBefore.getTime() / 1_000);
}

/** What the site's token says of a person. */
export function profileOf({ name, email, locale }: UserClaims): Profile {
  return {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(locale !== undefined && { locale }),
  };
}

/** What the site's token says now and the row does not; undefined when nothing changed. */
export function changedProfile(user: UserRow, claims: UserClaims): Profile | undefined {
  const said = Object.entries(profileOf(claims)) as [keyof Profile, string][];
  const changed = said.filter(([key, value]) => value !== user[key]);
  return changed.length > 0 ? Object.fromEntries(changed) : undefined;
}

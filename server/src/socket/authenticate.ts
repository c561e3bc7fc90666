/**
 * The handshake: who may connect at all. Judged before anything is allocated; every «no» is a connect_error, which ends
 * the client's reconnecting. Trouble that passes is no «no»: such a connection is accepted and told at session:open.
 */
import type { ConnectRefusalCode } from "@baton/shared/refusals";
import { VisitorAuth } from "@baton/shared/visitor/connecting";
import type * as z from "zod";
import type { SiteConfig } from "../config/config.ts";
import { ConnectRefused } from "../identity/claims.ts";
import type { Identity } from "../identity/identity.ts";
import { isOriginAllowed } from "../identity/origins.ts";
import { isStorageDown } from "../postgres/storageDown.ts";
import type { Connection } from "./connection.ts";
import { NoTurn, type Turnstile } from "./turnstile.ts";

export type Handshake = {
  id: string;
  auth: unknown;
  origin: string | undefined;
  address: string;
  turnstile: Turnstile;
  /** Its transport has ended: nobody hears the answer. */
  hasGone(): boolean;
};

export type Authenticate = (handshake: Handshake) => Promise<Connection>;

export function createAuthenticate(
  sites: ReadonlyMap<string, SiteConfig>,
  identity: Identity,
  now: () => number,
): Authenticate {
  return async ({ id, auth: raw, origin, address, turnstile, hasGone }) => {
    const auth = parseAuth(raw);
    const site = sites.get(auth.site);
    if (!site) throw new ConnectRefused("unknown_site", "No site of that id is configured.");
    if (!isOriginAllowed(origin, site)) throw new ConnectRefused("origin_forbidden", originMessage(origin));
    const claim = await identity.claim(site, auth);
    const device = { id: auth.device.id, label: auth.device.label ?? "" };
    const where = { site, device };
    const find = async () => (hasGone() ? undefined : identity.find(claim, where));
    if (claim.kind !== "new") await refuseKnownVoid(() => turnstile("connecting", find));
    return {
      id,
      address,
      site,
      device,
      tab: auth.tab,
      claim,
      admitted: undefined,
      visible: auth.visible ?? true,
      usedAt: now(),
      owesLife: 0,
      tokenExpiresAt: claim.kind === "identified" ? claim.claims.exp * 1_000 : undefined,
      toldExpiring: false,
      visitorToken: undefined,
      merged: undefined,
      mayOpenAt: 0,
      returnAfterMs: undefined,
      caller: undefined,
      opening: Promise.resolve(),
    };
  };
}

/** A database that hangs is as good as away. Well within the time that a transport has to say who it is: `handshakeMs`. */
const LOOK_WITHIN_MS = 5_000;

/** With the database away, or too much asked for, nothing is known against this user: session:open will look again. */
async function refuseKnownVoid(find: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LOOK_WITHIN_MS);
  });
  try {
    await Promise.race([find(), late]);
  } catch (error) {
    if (!isStorageDown(error) && !(error instanceof NoTurn)) throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The version first: a newer client is told about the version, not about a field. */
function parseAuth(raw: unknown): VisitorAuth {
  const { protocol } = typeof raw === "object" && raw !== null ? (raw as { protocol?: unknown }) : {};
  if (protocol === undefined) throw new ConnectRefused("bad_handshake", "auth.protocol is missing: send protocol: 1.");
  if (protocol !== 1) throw new ConnectRefused("protocol_unsupported", "This gateway speaks protocol 1.");
  const parsed = VisitorAuth.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new ConnectRefused("bad_handshake", parsed.error.issues.map(describeIssue).join("; "));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `auth.${issue.path.join(".")}: ${issue.message}`;
}

function originMessage(origin: string | undefined): string {
  return origin === undefined
    ? "The request has no Origin: allow clients that are no browsers in the site's configuration."
    : "The page's origin is not on the site's list: add it to the site's origins exactly as the browser sends it.";
}

/** What a connect_error carries as `data`. */
export function connectError(code: ConnectRefusalCode, message: string): Error & { data: object } {
  return Object.assign(new Error(message), { data: { code, message, retryable: false } });
}

/** Signs a user token as a site's back end would: for `baton token` and the demo page. */
import { SignJWT } from "jose";
import type { SiteConfig } from "../config/siteConfig.ts";

export type NewUserToken = { sub: string; name?: string; ttlSeconds: number; nowMs: number };

/** HS256 by the site's first secret; undefined when the site has none. */
export async function signUserToken(
  site: Pick<SiteConfig, "id" | "secrets">,
  { sub, name, ttlSeconds, nowMs }: NewUserToken,
): Promise<string | undefined> {
  const [secret] = site.secrets;
  if (secret === undefined) return undefined;
  const now = Math.floor(nowMs / 1_000);
  return new SignJWT({ ...(name !== undefined && { name }) })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(sub)
    .setAudience(site.id)
    .setIssuedAt(now)
    .setExpirationTime(now + ttlSeconds)
    .sign(Buffer.from(secret));
}

/** PURE. Whether a page may talk to a site. Called by the socket's door on each HTTP request of a connection. */
import type { SiteConfig } from "../config/siteConfig.ts";

/**
 * `origin`: the header as it came, undefined when there is none. Compared character by character: a browser always
 * writes its origin in one form (RFC 6454), so whatever needs normalising was not written by one.
 */
export function isOriginAllowed(
  origin: string | undefined,
  site: Pick<SiteConfig, "origins" | "allowNonBrowserClients">,
): boolean {
  // A sandboxed frame or a local file says «null»: that is a browser, and nobody's page.
  return origin === undefined ? site.allowNonBrowserClients : site.origins.includes(origin);
}

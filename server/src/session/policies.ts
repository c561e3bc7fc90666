/** The policy that a session's rows are judged by: its site's. */
import type { SiteConfig, SitePolicy } from "../config/config.ts";
import { PRESETS } from "../config/policy.ts";

/** A site that was taken out of the configuration leaves sessions behind: they end as the defaults say. */
export function policiesOf(sites: ReadonlyMap<string, SiteConfig>): (site: string) => SitePolicy {
  return (site) => sites.get(site)?.policy ?? PRESETS.support;
}

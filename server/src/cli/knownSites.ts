/** The sites a command may name. */
import type { Config, SiteConfig } from "../config/config.ts";
import { builtInDemoSite, DEMO_SITE_ID } from "../config/demoSite.ts";
import { CliError } from "./cliError.ts";

/** @param demoSecret asked for only when the built-in demo site is meant: it may write a file */
export async function findSite(config: Config, id: string, demoSecret: () => Promise<string>): Promise<SiteConfig> {
  const site =
    config.builtInDemo && id === DEMO_SITE_ID ? builtInDemoSite(config.port, await demoSecret()) : config.sites.get(id);
  if (site) return site;
  const known = config.builtInDemo ? [DEMO_SITE_ID] : [...config.sites.keys()];
  throw new CliError(
    `No site «${id}» is configured. Name one of: ${known.join(", ")}. BATON_CONFIG says which file is read.`,
  );
}

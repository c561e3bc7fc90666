/** `baton token`: a user token as the site's own back end would sign it, for trying things out. */
import { type Config, readConfig, type SiteConfig } from "../config/config.ts";
import { builtInDemoSite, DEMO_SITE_ID } from "../config/demoSite.ts";
import { parseTtlSeconds } from "../config/durationWords.ts";
import { demoSecret } from "../dataFolder.ts";
import { signUserToken } from "../identity/signUserToken.ts";
import { CliError } from "./cliError.ts";

export type TokenOptions = { site: string; user: string; name?: string; ttl: string };
type Env = Record<string, string | undefined>;

async function findSite(config: Config, id: string): Promise<SiteConfig> {
  const site =
    config.builtInDemo && id === DEMO_SITE_ID
      ? builtInDemoSite(config.port, await demoSecret(config.dataDir))
      : config.sites.get(id);
  if (site) return site;
  const known = config.builtInDemo ? [DEMO_SITE_ID] : [...config.sites.keys()];
  throw new CliError(
    `No site «${id}» is configured. Name one of: ${known.join(", ")}. BATON_CONFIG says which file is read.`,
  );
}

export async function issueToken({ site: id, user, name, ttl }: TokenOptions, env: Env): Promise<string> {
  const ttlSeconds = parseTtlSeconds(ttl);
  if (ttlSeconds === undefined)
    throw new CliError(`--ttl ${ttl} is no duration. Write for example 45s, 30m, 1h or 7d.`);
  if (user === "" || user.length > 255)
    throw new CliError("--user must have 1 to 255 characters: it becomes the token's sub.");
  const site = await findSite(readConfig(env), id);
  const token = await signUserToken(site, {
    sub: user,
    ...(name !== undefined && { name }),
    ttlSeconds,
    nowMs: Date.now(),
  });
  if (token !== undefined) return token;
  throw new CliError(
    `Site ${id} has no secret to sign with. Add one to its «secrets», or sign with the private key of its JWKS.`,
  );
}

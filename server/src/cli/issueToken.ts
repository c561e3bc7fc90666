/** `baton token`: a user token as the site's own back end would sign it, for trying things out. */
import { readConfig } from "../config/config.ts";
import { parseTtlSeconds } from "../config/durationWords.ts";
import { demoSecret } from "../dataFolder.ts";
import { signUserToken } from "../identity/signUserToken.ts";
import { CliError } from "./cliError.ts";
import { findSite } from "./knownSites.ts";

export type TokenOptions = { site: string; user: string; name?: string; ttl: string };
type Env = Record<string, string | undefined>;

export async function issueToken({ site: id, user, name, ttl }: TokenOptions, env: Env): Promise<string> {
  const ttlSeconds = parseTtlSeconds(ttl);
  if (ttlSeconds === undefined)
    throw new CliError(`--ttl ${ttl} is no duration. Write for example 45s, 30m, 1h or 7d.`);
  if (user === "" || user.length > 255)
    throw new CliError("--user must have 1 to 255 characters: it becomes the token's sub.");
  const config = readConfig(env);
  const site = await findSite(config, id, () => demoSecret(config.dataDir));
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

/**
 * A site's public keys, fetched from the one URL its configuration names. Nothing in a token can point elsewhere:
 * `jku`, `x5u` and `jwk` headers are never read. Called by userToken.ts.
 */
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWSHeaderParameters,
  type JWTVerifyGetKey,
  type RemoteJWKSet,
} from "jose";

/** The keys could not be had: the site's trouble, not the visitor's. */
export class JwksUnavailable extends Error {
  constructor(url: string, cause: unknown) {
    super(`The keys at ${url} cannot be fetched. Check that it answers 200 with a JSON Web Key Set.`, { cause });
    this.name = "JwksUnavailable";
  }
}

export type Fetch = typeof globalThis.fetch;

/** Caches for 10 min; an unknown `kid` fetches again at most once in 30 s, so that made-up ones cannot hammer the site. */
const CACHE = { cacheMaxAge: 600_000, cooldownDuration: 30_000, timeoutDuration: 5_000 };
/** jose cools down after successes only: without this every visitor of a site whose endpoint is down would ask again. */
const AFTER_FAILURE_MS = 2_000;

/** Whether the cached set can answer by itself, without a fetch. */
function holdsKey(keys: RemoteJWKSet, kid: string | undefined): boolean {
  return keys.fresh && (kid === undefined || (keys.jwks()?.keys.some((key) => key.kid === kid) ?? false));
}

function isAboutTheToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}

/** A key resolver for jose. Throws JwksUnavailable, or jose's errors when no key of the set fits. */
export function createJwksKeys(url: string, fetch?: Fetch): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), fetch ? { ...CACHE, [customFetch]: fetch } : CACHE);
  let failed: { untilMs: number; cause: unknown } | undefined;
  return async (header: JWSHeaderParameters, token) => {
    // The machine's own clock: this protects a neighbour and must not follow the test clock.
    if (failed && performance.now() < failed.untilMs && !holdsKey(keys, header.kid))
      throw new JwksUnavailable(url, failed.cause);
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      failed = { untilMs: performance.now() + AFTER_FAILURE_MS, cause: error };
      throw new JwksUnavailable(url, error);
    }
  };
}

/**
 * Verifies a site's user tokens: who the person is, said by the site's own back end. Called at connecting and by
 * auth:refresh. One verifier for each site; keys are imported once.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import {
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { SiteConfig } from "../config/siteConfig.ts";
import { createJwksKeys, type Fetch, JwksUnavailable } from "./jwksKeys.ts";
import { CLOCK_TOLERANCE_SECONDS, type UserClaims, userClaims } from "./userClaims.ts";

export type { UserClaims } from "./userClaims.ts";

export type UserTokenVerdict =
  | { readonly ok: true; readonly claims: UserClaims }
  /** `unavailable`: the site's keys cannot be fetched; nothing is said about the token, and trying again helps. */
  | { readonly ok: false; readonly code: "token_invalid" | "token_expired" | "unavailable"; readonly message: string };

export type UserTokenVerifier = { verify(token: string): Promise<UserTokenVerdict> };

/** The wire's own bound of a token. */
const LONGEST_TOKEN = 8_192;
/** Tried in turn for a token without `kid` when several keys of a set fit. */
const MOST_KEYS_TRIED = 8;
/** A token's `alg` only chooses between these two worlds; each verifies with its own kind of key and nothing else. */
const SHARED_SECRET = ["HS256"];
const PUBLIC_KEY = ["RS256", "ES256", "EdDSA", "Ed25519"];

type Options = { clock: () => number; fetch?: Fetch };
type Keys = { secrets: readonly KeyObject[]; jwks: JWTVerifyGetKey | undefined };

function invalid(message: string): UserTokenVerdict {
  return { ok: false, code: "token_invalid", message };
}

function expired(): UserTokenVerdict {
  return { ok: false, code: "token_expired", message: "The user token has expired. Get a new one." };
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    return undefined;
  }
}

/** The first secret that fits wins; any other fault than a wrong signature is the same with each of them. */
async function verifyBySecrets(
  token: string,
  secrets: readonly KeyObject[],
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for (const secret of secrets) {
    try {
      return (await jwtVerify(token, secret, { ...options, algorithms: SHARED_SECRET })).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

async function verifyByJwks(token: string, jwks: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  const only = { ...options, algorithms: PUBLIC_KEY };
  try {
    return (await jwtVerify(token, jwks, only)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyByCandidates(token, error, only);
    throw error;
  }
}

async function verifyByCandidates(
  token: string,
  candidates: AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of candidates) {
    if (++tried > MOST_KEYS_TRIED) break;
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function refusalOf(error: unknown): UserTokenVerdict {
  if (error instanceof JwksUnavailable) return { ok: false, code: "unavailable", message: error.message };
  if (error instanceof errors.JWTExpired) return expired();
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalid(`The claim ${error.claim} is missing or not acceptable.`);
  if (error instanceof errors.JOSEError)
    return invalid("The signature fits none of the site's keys, or this is no token.");
  throw error;
}

export function createUserTokenVerifier(site: SiteConfig, { clock, fetch }: Options): UserTokenVerifier {
  const keys: Keys = {
    secrets: site.secrets.map((secret) => createSecretKey(secret, "utf8")),
    jwks: site.jwksUrl === undefined ? undefined : createJwksKeys(site.jwksUrl, fetch),
  };
  const payloadOf = async (token: string, nowMs: number): Promise<JWTPayload> => {
    const algorithm = algorithmOf(token) ?? "";
    const options: JWTVerifyOptions = {
      audience: site.id,
      requiredClaims: ["sub", "iat", "exp"],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(nowMs),
    };
    if (SHARED_SECRET.includes(algorithm)) return verifyBySecrets(token, keys.secrets, options);
    if (PUBLIC_KEY.includes(algorithm) && keys.jwks) return verifyByJwks(token, keys.jwks, options);
    throw new errors.JOSEAlgNotAllowed();
  };
  return {
    async verify(token) {
      if (token.length > LONGEST_TOKEN) return invalid(`The token is longer than ${LONGEST_TOKEN} characters.`);
      const nowMs = clock();
      try {
        const payload = await payloadOf(token, nowMs);
        // jose is content with a list that names the site among others; such a token is also someone else's.
        if (payload.aud !== site.id) return invalid(`The claim aud must be "${site.id}" alone.`);
        // No tolerance here: a connection is ended at exp, and must not be let in again after it.
        if ((payload.exp ?? 0) * 1_000 <= nowMs) return expired();
        const judged = userClaims(payload, nowMs);
        return "claims" in judged ? { ok: true, claims: judged.claims } : invalid(judged.fault);
      } catch (error) {
        return refusalOf(error);
      }
    },
  };
}

/**
 * The gateway's own tokens for people nobody vouches for: the same anonymous user again. Issued at session:open,
 * checked at connecting, by every node with the same master key. Opaque to clients; whether one was spent or signed out
 * is in the database.
 */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import * as z from "zod";

export type VisitorTokenClaims = { readonly site: string; readonly userId: string; readonly issuedAtMs: number };

export type VisitorTokens = {
  issue(claims: VisitorTokenClaims): string;
  /** undefined for everything this gateway did not issue. Never throws. */
  verify(token: string): VisitorTokenClaims | undefined;
};

/** Ours have about 150 characters. */
const LONGEST_TOKEN = 512;
const SHAPE = /^v1\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const Payload = z.tuple([z.string(), z.string(), z.int()]);

export function createVisitorTokens(masterKey: Uint8Array): VisitorTokens {
  // A key of its own: what signs tokens never seals content.
  const key = Buffer.from(hkdfSync("sha256", masterKey, "", "baton visitor token v1", 32));
  const macOf = (payload: string): string => createHmac("sha256", key).update(`v1.${payload}`).digest("base64url");

  return {
    issue({ site, userId, issuedAtMs }) {
      const payload = Buffer.from(JSON.stringify([site, userId, issuedAtMs])).toString("base64url");
      return `v1.${payload}.${macOf(payload)}`;
    },
    verify(token) {
      const [, payload, mac] = token.length > LONGEST_TOKEN ? [] : (SHAPE.exec(token) ?? []);
      if (payload === undefined || mac === undefined) return undefined;
      // Compared as text: the last character of base64url has spare bits, and a token must have one spelling.
      if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(payload)))) return undefined;
      const [site, userId, issuedAtMs] = Payload.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
      return { site, userId, issuedAtMs };
    },
  };
}

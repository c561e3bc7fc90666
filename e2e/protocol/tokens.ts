/** Tokens as a site's own back end makes them, and ids as a client makes them. */
import { createHmac, randomBytes } from "node:crypto";
import type { Target } from "./target.ts";

const NANOID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

export const newId = (): string => Array.from(randomBytes(21), (byte) => NANOID[byte % 64]).join("");
export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

export type Claims = Record<string, string | number | undefined>;

/** A user token; a claim given as undefined is left out. */
export function userToken(target: Target, claims: Claims, alg = "HS256", secret = target.secret): string {
  const usual = { aud: target.site, iat: nowSeconds(), exp: nowSeconds() + 3600 };
  const signed = `${encoded({ alg, typ: "JWT" })}.${encoded({ ...usual, ...claims })}`;
  if (alg === "none") return `${signed}.`;
  const hash = alg === "HS512" ? "sha512" : "sha256";
  return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
}

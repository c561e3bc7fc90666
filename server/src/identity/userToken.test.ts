import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtInDemoSite } from "../config/demoSite.ts";
import type { SiteConfig } from "../config/siteConfig.ts";
import { createUserTokenVerifier } from "./userToken.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const NOW = NOW_MS / 1_000;
const clock = () => NOW_MS;
const SECRET = "a-secret-of-at-least-32-characters!!";
const OLD_SECRET = "the-secret-before-it-was-rotated-32c";
const plain: SiteConfig = { ...builtInDemoSite(3_000, SECRET), secrets: [SECRET, OLD_SECRET] };
const good = { sub: "ada", aud: "demo", iat: NOW, exp: NOW + 3_600 };

function hs256(payload: JWTPayload, secret = SECRET, header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: "HS256", ...header }).sign(Buffer.from(secret));
}

/** A token written by hand, for what no library would sign. */
function forged(header: object, payload: object, signature = ""): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.${signature}`;
}

describe("a token signed with a secret of the site", () => {
  const { verify } = createUserTokenVerifier(plain, { clock });

  test("says who the person is", async () => {
    const token = await hs256({ ...good, name: "Ada", email: "ada@example.org", locale: "en", role: "admin" });
    const claims = { sub: "ada", iat: NOW, exp: NOW + 3_600, name: "Ada", email: "ada@example.org", locale: "en" };
    expect(await verify(token)).toEqual({ ok: true, claims });
  });

  test("is good with any of its secrets, so that one can be rotated", async () => {
    expect(await verify(await hs256(good, OLD_SECRET))).toMatchObject({ ok: true });
  });

  test("may leave names empty in the ways back ends do", async () => {
    const token = await hs256({ ...good, name: null, email: "" });
    expect(await verify(token)).toEqual({ ok: true, claims: { sub: "ada", iat: NOW, exp: NOW + 3_600 } });
  });

  const { exp: _exp, ...noExp } = good;
  const { iat: _iat, ...noIat } = good;
  const { sub: _sub, ...noSub } = good;
  const { aud: _aud, ...noAud } = good;
  test.each<[string, JWTPayload, string]>([
    ["expired", { ...good, exp: NOW - 6 }, "token_expired"],
    ["expired and for another site", { ...good, exp: NOW - 6, aud: "other" }, "token_invalid"],
    ["not yet valid", { ...good, nbf: NOW + 60 }, "token_invalid"],
    ["issued in the future", { ...good, iat: NOW + 6 }, "token_invalid"],
    ["for another site", { ...good, aud: "other" }, "token_invalid"],
    ["for another site too", { ...good, aud: ["demo", "other"] }, "token_invalid"],
    ["without aud", noAud, "token_invalid"],
    ["without exp", noExp, "token_invalid"],
    ["without iat", noIat, "token_invalid"],
    ["without sub", noSub, "token_invalid"],
    ["it has just ended", { ...good, exp: NOW }, "token_expired"],
    ["of nobody", { ...good, sub: "" }, "token_invalid"],
    ["of a name too long", { ...good, sub: "x".repeat(256) }, "token_invalid"],
    ["of a name with NUL", { ...good, sub: "a\u0000b" }, "token_invalid"],
    ["with an end no calendar has", { ...good, exp: 1e300 }, "token_invalid"],
    ["with a number for a name", { ...good, name: 7 } as JWTPayload, "token_invalid"],
  ])("is refused when %s", async (_what, payload, code) => {
    expect(await verify(await hs256(payload))).toMatchObject({ ok: false, code });
  });

  test.each([["issued by a clock 5 s ahead", { ...good, iat: NOW + 4 }]])(
    "is accepted when %s",
    async (_what, payload) => {
      expect(await verify(await hs256(payload))).toMatchObject({ ok: true });
    },
  );

  test.each<[string, () => string | Promise<string>]>([
    ["alg none", () => forged({ alg: "none" }, good)],
    ["alg None", () => forged({ alg: "None" }, good, "AAAA")],
    ["HS512", () => new SignJWT(good).setProtectedHeader({ alg: "HS512" }).sign(Buffer.from(SECRET.repeat(2)))],
    ["another secret", () => hs256(good, "another-secret-of-32-characters!!!!")],
    ["an empty signature", () => forged({ alg: "HS256" }, good)],
    [
      "a kid that is a path",
      () => hs256(good, "", { kid: "/dev/null" }).catch(() => forged({ alg: "HS256", kid: "/dev/null" }, good)),
    ],
    ["a critical header nobody knows", () => forged({ alg: "HS256", crit: ["x"], x: 1 }, good, "AAAA")],
    ["an RS256 header on a site without public keys", () => forged({ alg: "RS256" }, good, "AAAA")],
    ["no token at all", () => "hello"],
    ["nothing", () => ""],
    ["five parts", () => "a.b.c.d.e"],
    ["too many characters", () => `${"a".repeat(8_193)}.b.c`],
    [
      "a header that is __proto__",
      () => forged(JSON.parse('{"alg":"HS256","__proto__":{"alg":"none"}}') as object, good),
    ],
  ])("is refused with %s", async (_what, make) => {
    expect(await verify(await make())).toMatchObject({ ok: false, code: "token_invalid" });
  });
});

describe("a token signed with a private key", () => {
  let server: Server;
  let site: SiteConfig;
  let fetches = 0;
  let broken = false;
  const signers = new Map<string, { key: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"]; spki: string }>();
  const jwks: { keys: object[] } = { keys: [] };

  async function addKey(alg: string, kid: string): Promise<void> {
    const pair = await generateKeyPair(alg, { extractable: true });
    signers.set(kid, { key: pair.privateKey, spki: await exportSPKI(pair.publicKey) });
    jwks.keys.push({ ...(await exportJWK(pair.publicKey)), kid, alg, use: "sig" });
  }
  async function signed(alg: string, kid: string, header: Record<string, unknown> = {}): Promise<string> {
    const signer = signers.get(kid);
    if (!signer) throw new Error(`no key ${kid}`);
    return new SignJWT(good).setProtectedHeader({ alg, kid, ...header }).sign(signer.key);
  }

  beforeAll(async () => {
    await addKey("RS256", "rs");
    await addKey("ES256", "es");
    await addKey("EdDSA", "ed");
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(broken ? 503 : 200, { "content-type": "application/json" }).end(JSON.stringify(jwks));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    site = { ...plain, jwksUrl: `http://127.0.0.1:${port}/jwks` };
  });
  afterAll(() => new Promise((done) => server.close(done)));

  test.each([
    ["RS256", "rs"],
    ["ES256", "es"],
    ["EdDSA", "ed"],
  ])("is good with %s and the key the site publishes", async (alg, kid) => {
    const { verify } = createUserTokenVerifier(site, { clock });
    expect(await verify(await signed(alg, kid))).toMatchObject({ ok: true, claims: { sub: "ada" } });
  });

  test("fetches the keys once for many tokens, and made-up key names make no further fetches", async () => {
    const { verify } = createUserTokenVerifier(site, { clock });
    const before = fetches;
    await Promise.all([verify(await signed("RS256", "rs")), verify(await signed("ES256", "es"))]);
    for (let i = 0; i < 20; i++) await verify(await signed("RS256", "rs", { kid: `made-up-${i}` }));
    expect(fetches - before).toBe(1);
  });

  test("does not stop secrets from working beside it", async () => {
    const { verify } = createUserTokenVerifier(site, { clock });
    expect(await verify(await hs256(good))).toMatchObject({ ok: true });
  });

  test("is refused when the public key was used as a secret", async () => {
    const { verify } = createUserTokenVerifier(site, { clock });
    const spki = signers.get("rs")?.spki ?? "";
    for (const confused of [spki, spki.trim()]) {
      expect(await verify(await hs256(good, confused, { kid: "rs" }))).toMatchObject({
        ok: false,
        code: "token_invalid",
      });
    }
  });

  test("never makes the gateway fetch what the token names, nor trust the key it carries", async () => {
    const { verify } = createUserTokenVerifier(site, { clock });
    const attacker = await generateKeyPair("RS256", { extractable: true });
    const url = site.jwksUrl?.replace("/jwks", "/attacker");
    const header = { alg: "RS256", kid: "rs", jku: url, x5u: url, jwk: await exportJWK(attacker.publicKey) };
    const before = fetches;
    const token = await new SignJWT(good).setProtectedHeader(header).sign(attacker.privateKey);
    expect(await verify(token)).toMatchObject({ ok: false, code: "token_invalid" });
    expect(fetches - before).toBe(1);
  });

  test("says nothing about the token while the site's keys cannot be had, and does not ask again at once", async () => {
    const { verify } = createUserTokenVerifier(site, { clock });
    broken = true;
    const before = fetches;
    const token = await signed("RS256", "rs");
    for (let i = 0; i < 5; i++) expect(await verify(token)).toMatchObject({ ok: false, code: "unavailable" });
    broken = false;
    expect(fetches - before).toBe(1);
    expect(await verify(await hs256(good))).toMatchObject({ ok: true });
  });

  test("without a kid is tried with each key that fits", async () => {
    await addKey("ES256", "es2");
    const { verify } = createUserTokenVerifier(site, { clock });
    const signer = signers.get("es2");
    if (!signer) throw new Error("no key es2");
    const token = await new SignJWT(good).setProtectedHeader({ alg: "ES256" }).sign(signer.key);
    expect(await verify(token)).toMatchObject({ ok: true });
  });
});

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestGateway, testGateway, testSite } from "../testing/testGateway.ts";

const ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

/** The site's back end: its keys, and the address where it publishes them. */
const keys = new Map<Algorithm, { privateKey: CryptoKey; publicKey: CryptoKey }>();
let published: Server;
let isDown = false;
let asked: string[] = [];
let house: TestGateway;

beforeAll(async () => {
  for (const alg of ALGORITHMS) keys.set(alg, await generateKeyPair(alg, { extractable: true }));
  const jwks = {
    keys: await Promise.all(
      [...keys].map(async ([kid, pair]) => ({ ...(await exportJWK(pair.publicKey)), kid, alg: kid })),
    ),
  };
  published = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(isDown ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => published.listen(0, "127.0.0.1", resolve));
  const jwksUrl = `http://127.0.0.1:${(published.address() as AddressInfo).port}/keys`;
  const site = (id: string) => testSite(id, { secrets: [], jwksUrl, bot: { kind: "none" } });
  house = await testGateway({ moreSites: [site("keys"), site("later")] });
});
afterAll(async () => {
  await house.close();
  await new Promise((resolve) => published.close(resolve));
});

function pairOf(alg: Algorithm) {
  const pair = keys.get(alg);
  if (!pair) throw new Error(`no keys for ${alg}`);
  return pair;
}

async function signed(
  alg: Algorithm,
  { aud = "keys", header = {} }: { aud?: string; header?: object } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ sub: `ada of ${alg}`, name: "Ada", aud, iat: now, exp: now + 600 })
    .setProtectedHeader({ alg, kid: alg, ...header })
    .sign(pairOf(alg).privateKey);
}

const refused = (site: string, userToken: string) =>
  expect(house.connect({ site, userToken })).rejects.toMatchObject({
    data: { code: "token_invalid", retryable: false },
  });

test.each(ALGORITHMS)("a token signed by the site's %s key is that person's", async (alg) => {
  const ada = await house.connect({ site: "keys", userToken: await signed(alg) });
  expect((await ada.open()).user).toMatchObject({ kind: "identified", externalId: `ada of ${alg}`, name: "Ada" });
  const { expiresAt } = await ada.ask("auth:refresh", { userToken: await signed(alg) });
  expect(expiresAt).toEqual(expect.any(String));
});

test("a token whose key is nobody's, or another algorithm's, is invalid", async () => {
  await refused("keys", await signed("RS256", { header: { kid: "unknown" } }));
  await refused("keys", await signed("RS256", { header: { kid: "ES256" } }));
  const stranger = await generateKeyPair("ES256");
  const now = Math.floor(Date.now() / 1_000);
  const forged = await new SignJWT({ sub: "ada", aud: "keys", iat: now, exp: now + 600 })
    .setProtectedHeader({ alg: "ES256", kid: "ES256" })
    .sign(stranger.privateKey);
  await refused("keys", forged);
});

test("a token that is signed with the public key as if it were a secret is invalid", async () => {
  const pem = await exportSPKI(pairOf("RS256").publicKey);
  const now = Math.floor(Date.now() / 1_000);
  const forged = await new SignJWT({ sub: "ada", aud: "keys", iat: now, exp: now + 600 })
    .setProtectedHeader({ alg: "HS256", kid: "RS256" })
    .sign(Buffer.from(pem));
  await refused("keys", forged);
});

test("a token cannot name where its key is, and that address is never asked", async () => {
  asked = [];
  const jku = `http://127.0.0.1:${(published.address() as AddressInfo).port}/evil`;
  const stranger = await generateKeyPair("RS256", { extractable: true });
  const now = Math.floor(Date.now() / 1_000);
  const forged = await new SignJWT({ sub: "ada", aud: "keys", iat: now, exp: now + 600 })
    .setProtectedHeader({ alg: "RS256", kid: "RS256", jku, x5u: jku, jwk: await exportJWK(stranger.publicKey) })
    .sign(stranger.privateKey);
  await refused("keys", forged);
  expect(asked).not.toContain("/evil");
});

test("while the site's keys are out of reach people are let in and asked to open later; then they open", async () => {
  isDown = true;
  const ada = await house.connect({ site: "later", userToken: await signed("ES256", { aud: "later" }) });
  const refusal = await ada.refusal("session:open", {});
  expect(refusal).toMatchObject({ code: "storage_unavailable", retryable: true, retryAfterMs: expect.any(Number) });
  expect(await ada.refusal("message:send", { clientId: "c", text: "x" })).toMatchObject({ code: "no_session" });
  isDown = false;
  await expect.poll(async () => (await ada.raw("session:open", {})).ok, { timeout: 10_000, interval: 200 }).toBe(true);
  expect((await ada.open()).user.externalId).toBe("ada of ES256");
});

test("someone let in while the keys were out of reach, whose token turns out forged, is sent away", async () => {
  isDown = true;
  const forged = `${(await signed("ES256", { aud: "later" })).slice(0, -6)}AAAAAA`;
  const eve = await house.connect({ site: "later", userToken: forged }).catch((error: unknown) => error);
  isDown = false;
  // With the keys still in the cache it is refused at once.
  expect(eve).toMatchObject({ data: { code: "token_invalid" } });
});

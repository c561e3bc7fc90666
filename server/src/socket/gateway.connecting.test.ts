import { createHmac, generateKeyPairSync } from "node:crypto";
import { ConnectError } from "@baton/shared/visitor/connecting";
import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestAuth } from "../testing/testClient.ts";
import { SECRET, type TestGateway, testGateway, testSite, userToken } from "../testing/testGateway.ts";

const SHOP = "https://shop.example";

let house: TestGateway;
beforeAll(async () => {
  const shop = testSite("shop", { allowNonBrowserClients: false, origins: [SHOP, "http://localhost:3000"] });
  house = await testGateway({ moreSites: [shop] });
});
afterAll(() => house.close());

/** What the connect_error carries. */
async function refusal(auth: TestAuth, origin?: string): Promise<unknown> {
  const error: unknown = await house.connect(auth, { origin }).then(
    () => new Error("it was let in"),
    (reason: unknown) => reason,
  );
  return error instanceof Error && "data" in error ? ConnectError.strict().parse(error.data) : error;
}

const refused = (code: string) => ({ code, message: expect.any(String), retryable: false });

describe("a handshake that does not fit", () => {
  const id = nanoid();
  test.each<[string, TestAuth]>([
    ["no protocol", { protocol: undefined }],
    ["no site", { site: undefined }],
    ["a site that is no text", { site: ["demo"] }],
    ["an empty site", { site: "" }],
    ["no device", { device: undefined }],
    ["a device without an id", { device: { label: "Test" } }],
    ["a device id of 20 characters", { device: { id: id.slice(1) } }],
    ["a device id of 22 characters", { device: { id: `${id}x` } }],
    ["a device id of other characters", { device: { id: `${id.slice(1)} ` } }],
    ["a device that is no object", { device: id }],
    ["a label with a NUL", { device: { id, label: "a\u0000" } }],
    ["a label with half a character", { device: { id, label: "\ud800" } }],
    ["a label of 101 units", { device: { id, label: "x".repeat(101) } }],
    ["a tab that is no id", { tab: "a b" }],
    ["a visibility that is no truth", { visible: "yes" }],
    ["a visitor token that is no text", { visitorToken: 7 }],
    ["an empty user token", { userToken: "" }],
    ["a user token of more than 8 KB", { userToken: "x".repeat(8_193) }],
    ["a handover that is no text", { handover: {} }],
  ])("with %s is told so", async (_what, auth) => {
    expect(await refusal(auth)).toEqual(refused("bad_handshake"));
  });

  test("may say more than this version knows", async () => {
    expect((await house.connect({ colour: "blue", tab: nanoid(), visible: false })).socket.connected).toBe(true);
  });
});

test.each([0, 2, 1.5, "1", null, {}])("protocol %j is told first, whatever else does not fit", async (protocol) => {
  expect(await refusal({ protocol, site: 7, device: 7 })).toEqual(refused("protocol_unsupported"));
});

test.each(["nowhere", "DEMO", "__proto__", "constructor"])("the site %s is unknown", async (site) => {
  expect(await refusal({ site })).toEqual(refused("unknown_site"));
});

describe("the page's origin", () => {
  test.each([SHOP, "http://localhost:3000"])("%s is on the list", async (origin) => {
    expect((await house.connect({ site: "shop" }, { origin })).socket.connected).toBe(true);
  });

  test.each([
    "https://evil.example",
    "http://shop.example",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://www.shop.example",
    "https://SHOP.example",
    "https://shop.example:8443",
    "https://shop.example/",
    "https://shop.example, https://evil.example",
    "http://localhost:3001",
    "http://localhost",
    "http://127.0.0.1:3000",
    "null",
    "file://",
    "*",
    "",
    undefined,
  ])("%s is forbidden", async (origin) => {
    expect(await refusal({ site: "shop" }, origin)).toEqual(refused("origin_forbidden"));
  });

  test("may be missing where clients that are no browsers are allowed, but not foreign", async () => {
    expect((await house.connect({ site: "demo" }, { origin: undefined })).socket.connected).toBe(true);
    expect(await refusal({ site: "demo" }, "https://evil.example")).toEqual(refused("origin_forbidden"));
  });

  test("is judged before any token is", async () => {
    const auth = { site: "shop", userToken: "no token", visitorToken: "no token" };
    expect(await refusal(auth, "https://evil.example")).toEqual(refused("origin_forbidden"));
  });
});

const now = Math.floor(Date.now() / 1_000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = { sub: "ada", aud: "demo", iat: now, exp: now + 600 };
/** Signed with a key that is public knowledge: the RS/HS confusion. */
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });
function hs256(header: object, key: string | Buffer): string {
  const body = `${part(header)}.${part(claims)}`;
  return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
}

test.each<[string, () => string | Promise<string>]>([
  ["is no token", () => "hello"],
  ["has no signature", () => `${part({ alg: "none" })}.${part(claims)}.`],
  ["says none in capitals", () => `${part({ alg: "NONE" })}.${part(claims)}.`],
  ["is signed with another secret", () => hs256({ alg: "HS256" }, "another-secret-of-32-characters-ab")],
  ["is signed with a public key", () => hs256({ alg: "HS256" }, Buffer.from(pem))],
  [
    "points at keys of its own",
    () => hs256({ alg: "HS256", jku: "http://127.0.0.1:1/", kid: "../../etc/passwd" }, "x"),
  ],
  ["asks for HS512", () => hs256({ alg: "HS512" }, SECRET)],
  ["asks for RS256 where the site has no JWKS", () => hs256({ alg: "RS256" }, SECRET)],
  ["is critical of what we do not know", () => hs256({ alg: "HS256", crit: ["exp2"], exp2: 1 }, SECRET)],
  ["is of another site", () => userToken("ada", {}, "other")],
  ["is of two sites", () => userToken("ada", { aud: ["demo", "other"] })],
  ["has no site", () => userToken("ada", { aud: undefined })],
  ["has no person", () => userToken("", {})],
  ["has no end", () => userToken("ada", { exp: undefined })],
  ["has no beginning", () => userToken("ada", { iat: undefined })],
  ["begins tomorrow", () => userToken("ada", { iat: now + 86_400, exp: now + 90_000 })],
  ["is not valid yet", () => userToken("ada", { nbf: now + 600 })],
])("a user token that %s is invalid", async (_what, token) => {
  expect(await refusal({ userToken: await token() })).toEqual(refused("token_invalid"));
});

test("a user token that has ended is expired, also beside a good visitor token", async () => {
  const { visitorToken } = await (await house.connect()).open();
  const userToken_ = await userToken("ada", { iat: now - 900, exp: now - 300 });
  expect(await refusal({ userToken: userToken_ })).toEqual(refused("token_expired"));
  expect(await refusal({ userToken: userToken_, visitorToken })).toEqual(refused("token_expired"));
});

describe("a visitor token", () => {
  test("that is forged, cut or of another site is invalid", async () => {
    const { visitorToken = "" } = await (await house.connect()).open();
    const last = visitorToken.at(-1) === "A" ? "B" : "A";
    const [version, payload, mac] = visitorToken.split(".");
    const other = Buffer.from(
      Buffer.from(payload ?? "", "base64url")
        .toString()
        .replace("demo", "shop"),
    ).toString("base64url");
    for (const token of [
      visitorToken.slice(0, -1) + last,
      visitorToken.slice(0, -1),
      `${version}.${other}.${mac}`,
      "x",
      "v1..",
    ]) {
      expect(await refusal({ visitorToken: token })).toEqual(refused("token_invalid"));
    }
    expect(await refusal({ site: "shop", visitorToken }, SHOP)).toEqual(refused("token_invalid"));
  });

  test("of a visitor whom the database does not know is invalid", async () => {
    const ada = await house.connect();
    const { visitorToken, user } = await ada.open();
    await house.sql`DELETE FROM devices WHERE user_id = ${user.id}`;
    await house.sql`DELETE FROM user_keys WHERE user_id = ${user.id}`;
    await house.sql`DELETE FROM users WHERE id = ${user.id}`;
    expect(await refusal({ visitorToken })).toEqual(refused("token_invalid"));
  });
});

test("a code that hands over to nothing is invalid", async () => {
  expect(await refusal({ handover: "code" })).toEqual(refused("token_invalid"));
});

test("someone who was erased is told so, by either token", async () => {
  const ada = await house.connect();
  const { visitorToken, user } = await ada.open();
  const token = await userToken("forgotten");
  const bob = await (await house.connect({ userToken: token })).open();
  await house.sql`UPDATE users SET erased_at = baton_now() WHERE id IN (${user.id}, ${bob.user.id})`;
  expect(await refusal({ visitorToken })).toEqual(refused("user_erased"));
  expect(await refusal({ userToken: token })).toEqual(refused("user_erased"));
});

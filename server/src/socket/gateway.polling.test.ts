import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestGateway, testGateway, testSite } from "../testing/testGateway.ts";

const SHOP = "https://shop.example";
const CONNECT = `40/visitor,${JSON.stringify({ protocol: 1, site: "shop", device: { id: nanoid() } })}`;

let house: TestGateway;
let plain: TestGateway;
beforeAll(async () => {
  const shop = testSite("shop", { allowNonBrowserClients: false, origins: [SHOP] });
  house = await testGateway({ config: { polling: true }, moreSites: [shop] });
  plain = await testGateway();
});
afterAll(async () => {
  await house.close();
  await plain.close();
});

type Page = { origin?: string; sid?: string; method?: string; body?: string };

/** One HTTP request of a browser's long polling. */
async function poll(
  { origin, sid, method = "GET", body }: Page,
  where = house,
): Promise<{ status: number; text: string }> {
  const query = `EIO=4&transport=polling${sid === undefined ? "" : `&sid=${sid}`}`;
  const answer = await fetch(`${where.url}/socket.io/?${query}`, {
    method,
    ...(body !== undefined && { body }),
    headers: { "content-type": "text/plain", ...(origin !== undefined && { origin }) },
  });
  return { status: answer.status, text: await answer.text() };
}

async function opened(origin = SHOP): Promise<string> {
  const { text } = await poll({ origin });
  const { sid } = JSON.parse(text.slice(1)) as { sid: string };
  return sid;
}

test("a page that goes on polling from where it began is connected", async () => {
  const sid = await opened();
  expect(await poll({ origin: SHOP, sid, method: "POST", body: CONNECT })).toEqual({ status: 200, text: "ok" });
  expect((await poll({ origin: SHOP, sid })).text).toMatch(/^40\/visitor,\{"sid":/);
});

test.each([
  "https://evil.example",
  "null",
  "https://shop.example.evil.example",
  "https://SHOP.example",
  "https://shop.example:444",
  undefined,
])("a later request of the connection from %s gets 403 and harms nothing", async (origin) => {
  const sid = await opened();
  const strange = origin === undefined ? {} : { origin };
  const post = await poll({ ...strange, sid, method: "POST", body: CONNECT });
  expect([post.status, JSON.parse(post.text)]).toMatchObject([403, { error: { code: "origin_forbidden" } }]);
  expect((await poll({ ...strange, sid })).status).toBe(403);
  await poll({ origin: SHOP, sid, method: "POST", body: CONNECT });
  expect((await poll({ origin: SHOP, sid })).text).toMatch(/^40\/visitor,\{"sid":/);
});

test("a foreign page is refused at the handshake, though its requests are all alike", async () => {
  const origin = "https://evil.example";
  const sid = await opened(origin);
  await poll({ origin, sid, method: "POST", body: CONNECT });
  expect((await poll({ origin, sid })).text).toMatch(/^44\/visitor,.*"code":"origin_forbidden"/);
});

test("another page cannot take the connection over by an upgrade", async () => {
  const sid = await opened();
  const answer = await fetch(`${house.url}/socket.io/?EIO=4&transport=websocket&sid=${sid}`, {
    headers: { origin: "https://evil.example" },
  });
  await answer.text();
  expect(answer.status).toBe(403);
});

test("a body of more than 64 KiB is not taken", async () => {
  const sid = await opened();
  const answer = await poll({ origin: SHOP, sid, method: "POST", body: `4${"x".repeat(70_000)}` });
  expect(answer.status).toBe(413);
});

test("without polling in the configuration there is none", async () => {
  expect((await poll({ origin: SHOP }, plain)).status).toBe(400);
});

test("a token in the query string is nobody's token", async () => {
  const answer = await fetch(`${house.url}/socket.io/?EIO=4&transport=polling&visitorToken=x&protocol=1&site=shop`, {
    headers: { origin: SHOP },
  });
  const { sid } = JSON.parse((await answer.text()).slice(1)) as { sid: string };
  await poll({ origin: SHOP, sid, method: "POST", body: "40/visitor," });
  expect((await poll({ origin: SHOP, sid })).text).toMatch(/^44\/visitor,.*"code":"bad_handshake"/);
});

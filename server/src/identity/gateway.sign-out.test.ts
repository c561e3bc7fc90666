import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../testing/testClient.ts";
import {
  nodesMeet,
  startTestGateway,
  type TestGateway,
  testDatabase,
  testSite,
  userToken,
} from "../testing/testGateway.ts";
import { anonymous, connected, person, why } from "./merging.fixture.ts";

const KEY = "bk_signs_users_out_0123456789abcdef";
const OTHER_KEY = "bk_of_another_site_0123456789abcdef";
const WITHIN_MS = 10_000;
const apiKey = (key: string) => ({ name: "desk", key, scopes: ["users:write"] as const });

/** Two nodes on one database, and nothing between them. */
let house: TestGateway;
let node: TestGateway;
let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
  const other = testSite("other", { apiKeys: [apiKey(OTHER_KEY)] });
  const options = { site: { bot: { kind: "none" as const }, apiKeys: [apiKey(KEY)] }, moreSites: [other] };
  house = await startTestGateway(database.target, options);
  node = await startTestGateway(database.target, options);
});
afterAll(async () => {
  await house.close();
  await node.close();
  await database.drop();
});

async function signOut(id: string, body?: object, key = KEY) {
  const answer = await fetch(`${house.url}/v1/users/${encodeURIComponent(id)}/sign-out`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** A token as the site's back end made it a while ago: what it makes from now on counts again. */
const older = (seconds = 60) => ({ iat: Math.floor(Date.now() / 1_000) - seconds });

/** How long it took until each was told to go. */
async function goneAfter(
  clients: readonly TestClient[],
  act: () => Promise<unknown>,
  code = "revoked",
): Promise<number> {
  const started = performance.now();
  await act();
  expect(await Promise.all(clients.map(why))).toEqual(clients.map(() => ({ code, mayReturn: false })));
  return performance.now() - started;
}

describe.concurrent("a person who is signed out", () => {
  test("P8: is gone from this node when the call is answered, and from every other within 10 s", async () => {
    const ada = await connected(house, older());
    const tab = await node.visit({ userToken: ada.token, device: ada.device });
    const phone = await node.visit({ userToken: ada.token });
    const bob = await connected(node);
    const took = await goneAfter([ada.page, tab, phone], async () => {
      const { status, body } = await signOut(`ext:${ada.sub}`);
      expect(status).toBe(200);
      expect(body).toEqual({ userId: ada.id, signedOutAt: expect.any(String) });
      expect(ada.page.of("closing")).toHaveLength(1);
    });
    expect(took).toBeLessThan(WITHIN_MS);
    await ada.page.disconnected();
    for (const place of [house, node]) {
      await expect(place.connect({ userToken: ada.token })).rejects.toMatchObject({ data: { code: "token_invalid" } });
    }
    await bob.page.send("still here");
    expect(bob.page.of("closing")).toEqual([]);
  });

  test("comes back with a token made since, and finds everything", async () => {
    const ada = await connected(house, older());
    const { message } = await ada.page.send("hello");
    await signOut(ada.id);
    const again = await house.connect({ userToken: await userToken(ada.sub) });
    expect((await again.open()).messages).toEqual([message]);
    // The next look meets the sign-out once more: it is not held against who came after.
    await signOut((await connected(house)).id);
    expect(again.of("closing")).toEqual([]);
  });

  test("is gone also with a token of the same second", async () => {
    const ada = await connected(house);
    const elsewhere = await node.visit({ userToken: ada.token });
    expect(await goneAfter([ada.page, elsewhere], () => signOut(ada.id))).toBeLessThan(WITHIN_MS);
  });

  test("on one device stays on the others", async () => {
    const ada = await connected(house, older());
    const lost = { id: nanoid(), label: "Lost" };
    const [here, there] = [
      await house.visit({ userToken: ada.token, device: lost }),
      await node.visit({ userToken: ada.token, device: lost }),
    ];
    const took = await goneAfter([here, there], async () => {
      const { body } = await signOut(ada.id, { deviceId: lost.id });
      expect(body).toEqual({ userId: ada.id, deviceId: lost.id, signedOutAt: expect.any(String) });
    });
    expect(took).toBeLessThan(WITHIN_MS);
    await expect(house.connect({ userToken: ada.token, device: lost })).rejects.toMatchObject({
      data: { code: "token_invalid" },
    });
    await house.visit({ userToken: ada.token, device: ada.device });
    expect(ada.page.of("closing")).toEqual([]);
  });

  test.skipIf(nodesMeet)("who refreshes with a token made since keeps the connection", async () => {
    const ada = await connected(house, older());
    // As another node's call that this one has not heard of yet.
    await house.sql`UPDATE users SET not_before = baton_now() WHERE id = ${ada.id}`;
    await ada.page.ask("auth:refresh", { userToken: await userToken(ada.sub) });
    await signOut((await connected(house)).id);
    expect(ada.page.of("closing")).toEqual([]);
  });
});

test.concurrent("an anonymous visitor is signed out too: their token is all they had", async () => {
  const visitor = await anonymous(house);
  const tab = await node.visit({ visitorToken: visitor.visitorToken });
  expect(await goneAfter([visitor.page, tab], () => signOut(visitor.id))).toBeLessThan(WITHIN_MS);
  await expect(house.connect({ visitorToken: visitor.visitorToken })).rejects.toMatchObject({
    data: { code: "token_invalid" },
  });
});

test.concurrent("who logs out on a device is off on every node, and so is a visitor who does", async () => {
  const ada = await connected(house, older());
  const tab = await node.visit({ userToken: ada.token, device: ada.device });
  const phone = await node.visit({ userToken: ada.token });
  const visitor = await anonymous(house);
  const visitorsTab = await node.visit({ visitorToken: visitor.visitorToken });
  const took = await goneAfter(
    [tab, visitorsTab],
    async () => {
      await Promise.all([ada.page.ask("auth:logout", {}), visitor.page.ask("auth:logout", {})]);
      expect(await why(ada.page)).toEqual({ code: "logged_out", mayReturn: false });
    },
    nodesMeet ? "logged_out" : "revoked",
  );
  expect(took).toBeLessThan(WITHIN_MS);
  expect(phone.of("closing")).toEqual([]);
});

describe("nobody is signed out", () => {
  test("by another site, by an unknown id, of an unknown device; the answer is the same", async () => {
    const ada = await connected(house, older());
    const answers = [
      await signOut(ada.id, undefined, OTHER_KEY),
      await signOut(`ext:${ada.sub}`, undefined, OTHER_KEY),
      await signOut(nanoid()),
      await signOut(`ext:${nanoid()}`),
      await signOut(ada.sub),
      await signOut(ada.id, { deviceId: nanoid() }),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
    await ada.page.send("still here");
    expect(ada.page.of("closing")).toEqual([]);
  });

  test("who has become somebody else since, by the old id", async () => {
    const visitor = await anonymous(house);
    const { client } = await visitor.signIn((await person()).token);
    expect((await signOut(visitor.id)).status).toBe(404);
    expect(client.of("closing")).toEqual([]);
  });
});

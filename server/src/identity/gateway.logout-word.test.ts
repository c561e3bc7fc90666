// Who logs out themselves is told so in every tab, whichever look at the rows finds it first, here and on another node.
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { channels } from "../redis/keys.ts";
import { linkToRedis } from "../testing/redisServer.ts";
import { startTestGateway, type TestGateway, testDatabase } from "../testing/testGateway.ts";
import { anonymous, connected, hold, why } from "./merging.fixture.ts";

const KEY = "bk_signs_users_out_0123456789abcdef";
const LOGGED_OUT = { code: "logged_out", mayReturn: false };

let database: Awaited<ReturnType<typeof testDatabase>>;
let house: TestGateway;
beforeAll(async () => {
  database = await testDatabase();
  const apiKeys = [{ name: "desk", key: KEY, scopes: ["users:write"] as const }];
  const site = { bot: { kind: "none" as const }, apiKeys };
  house = await startTestGateway(database.target, { site, redisUrl: inject("redisUrl") });
});
afterAll(async () => {
  await house.close();
  await database.drop();
});

/** The next look, for somebody else: answered when everybody here has been told. */
async function signOutSomebodyElse(): Promise<void> {
  const { id } = await connected(house);
  const headers = { authorization: `Bearer ${KEY}` };
  const { status } = await fetch(`${house.url}/v1/users/${id}/sign-out`, { method: "POST", headers });
  expect(status).toBe(200);
}

/** What nodes say to each other, and a voice among them. */
async function wire() {
  const link = await linkToRedis(inject("redisUrl"));
  onTestFinished(() => link.end());
  const heard: string[] = [];
  link.subscriber.on("message", (_channel: string, text: string) => heard.push(text));
  await link.listen({ channel: channels.nodes });
  const say = (message: object) =>
    link.commands.publish(channels.nodes, JSON.stringify({ ...message, from: "another node" }));
  return { heard, say };
}

test("a sister tab hears the word of a look that comes between the rows and the farewell", async () => {
  const ada = await connected(house);
  await ada.page.send("mine");
  const tab = await house.visit({ userToken: ada.token, device: ada.device });
  // The device is signed out, and the baton cannot be let go of yet.
  const held = await hold(house.sql, (tx) => tx`SELECT 1 FROM users WHERE id = ${ada.id} FOR NO KEY UPDATE`);
  onTestFinished(() => held.release());
  const leaving = ada.page.ask("auth:logout", {});
  await held.queue(1);
  await signOutSomebodyElse();
  expect(tab.of("closing")).toMatchObject([LOGGED_OUT]);
  await held.release();
  await leaving;
  expect(await why(ada.page)).toEqual(LOGGED_OUT);
});

test("other nodes are told before it is in the rows", async () => {
  const { heard } = await wire();
  const ada = await connected(house);
  const held = await hold(house.sql, (tx) => tx`SELECT 1 FROM devices WHERE user_id = ${ada.id} FOR NO KEY UPDATE`);
  onTestFinished(() => held.release());
  const leaving = ada.page.ask("auth:logout", {});
  await held.queue(1);
  const note = { kind: "loggingOut", userId: ada.id, deviceId: ada.device.id };
  await expect
    .poll(() => heard.map((text) => JSON.parse(text)), { timeout: 10_000 })
    .toContainEqual(expect.objectContaining(note));
  await held.release();
  await leaving;
});

test("a logout announced by another node has its word, also when the rows are looked at for somebody else", async () => {
  const { say } = await wire();
  const visitor = await anonymous(house);
  await say({ kind: "loggingOut", userId: visitor.id, deviceId: null });
  const bob = await connected(house);
  await house.sql`UPDATE users SET not_before = baton_now() WHERE id IN (${visitor.id}, ${bob.id})`;
  await say({ kind: "revoked" });
  expect(await why(visitor.page)).toEqual(LOGGED_OUT);
  expect(await why(bob.page)).toEqual({ code: "revoked", mayReturn: false });
});

test("a logout announced that never comes ends nobody", async () => {
  const { say } = await wire();
  const visitor = await anonymous(house);
  await say({ kind: "loggingOut", userId: visitor.id, deviceId: null });
  await say({ kind: "revoked" });
  await signOutSomebodyElse();
  await visitor.page.send("still here");
  expect(visitor.page.of("closing")).toEqual([]);
});

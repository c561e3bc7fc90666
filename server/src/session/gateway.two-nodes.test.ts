// Two nodes behind one Redis and one database: what is said on one is heard on the other, and nobody notices which.
import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { advance } from "../device-lock/devices.fixture.ts";
import type { DatabaseTarget } from "../postgres/connect.ts";
import type { RedisLink } from "../redis/connect.ts";
import { keys } from "../redis/keys.ts";
import { linkToRedis } from "../testing/redisServer.ts";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, userToken } from "../testing/testGateway.ts";

const KEY = "bk_signs_users_out_0123456789abcdef";
const apiKeys = [{ name: "desk", key: KEY, scopes: ["users:write"] as const }];
const options = { site: { bot: { kind: "none" as const }, apiKeys }, config: { testClock: true } };

describe.each([
  { where: "a Redis", url: () => inject("redisUrl") },
  { where: "a Redis cluster", url: () => inject("redisClusterUrl") },
])("two nodes that meet in $where", ({ url }) => {
  let link: RedisLink;
  const redis = () => link.commands;
  let database: { target: DatabaseTarget; drop(): Promise<void> };
  let first: TestGateway;
  let second: TestGateway;

  beforeAll(async () => {
    link = await linkToRedis(url());
    database = await testDatabase();
    first = await startTestGateway(database.target, { ...options, redisUrl: url() });
    second = await startTestGateway(database.target, { ...options, redisUrl: url() });
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    link.end();
    await database.drop();
  });

  /** A phone on the first node, and another device of the same person on the second. */
  async function phoneAndLaptop(): Promise<{ phone: TestClient; laptop: TestClient; visitorToken: string }> {
    const phone = await first.connect();
    const { visitorToken = "" } = await phone.open();
    const laptop = await second.visit({ visitorToken });
    return { phone, laptop, visitorToken };
  }

  test("a word on one is heard on the other, once", async () => {
    const { phone, laptop } = await phoneAndLaptop();
    const { message } = await phone.send("hello");
    const heard = await laptop.event("message");
    expect(heard).toMatchObject({ message: { id: message.id, text: "hello", seq: 1 } });
    await phone.send("again");
    await laptop.event("message", ({ message }) => message.seq === 2);
    expect(laptop.heard.filter(({ event }) => event === "message")).toHaveLength(2);
  });

  test("who is active on one is seen on the other; taken over there, the first is told and refused", async () => {
    const { phone, laptop } = await phoneAndLaptop();
    await phone.send("mine");
    const refusal = await laptop.refusal("message:send", { clientId: "x1", text: "no" });
    expect(refusal).toMatchObject({ code: "not_active_device" });
    const { lock } = await laptop.ask("session:takeover", {});
    expect(lock.mine).toBe(true);
    expect(await phone.event("lock:changed")).toMatchObject({ lock: { mine: false, epoch: lock.epoch } });
    expect(await phone.refusal("message:send", { clientId: "x2", text: "late" })).toMatchObject({
      code: "not_active_device",
    });
  });

  test("a second tab on another node writes with the baton that its device has just taken", async () => {
    const { phone, laptop, visitorToken } = await phoneAndLaptop();
    await phone.send("mine");
    const tab = await first.visit({ visitorToken, device: { id: laptop.deviceId, label: "Test" } });
    await laptop.ask("session:takeover", {});
    await tab.event("lock:changed");
    const { message } = await tab.send("from the other tab");
    expect(message.seq).toBe(2);
    expect(tab.heard.map(({ event }) => event)).not.toContain("closing");
  });

  test("a device that closes its tab on one node, and has another on the other, has not left", async () => {
    const phone = await first.connect();
    const { visitorToken = "" } = await phone.open();
    const tab = await second.visit({ visitorToken, device: { id: phone.deviceId, label: "Test" } });
    await phone.send("mine");
    phone.close();
    // Past the grace of who has left, and past any lease that nobody renews.
    await advance(second, 45_000);
    const laptop = await first.connect({ visitorToken });
    const { lock } = await laptop.open();
    expect(lock).toMatchObject({ mine: false, holder: { deviceId: tab.deviceId } });
    const rows = await first.sql`SELECT lost_at FROM devices WHERE id = ${tab.deviceId}`;
    expect(rows).toEqual([{ lost_at: null }]);
  });

  test.each<[string, (key: string) => Promise<unknown>]>([
    ["lost", (key) => redis().del(key)],
    ["garbage", (key) => redis().set(key, "rubbish")],
    [
      "without its leases",
      async (key) => redis().hdel(key, ...(await redis().hkeys(key)).filter((k) => k.startsWith("lease:"))),
    ],
  ])("a lock that is %s takes the baton from nobody who is there", async (_, spoil) => {
    const phone = await first.connect();
    const { visitorToken = "", user } = await phone.open();
    await phone.send("mine");
    await spoil(keys.lock(user.id));
    const laptop = await second.connect({ visitorToken });
    expect((await laptop.open()).lock).toMatchObject({ mine: false, holder: { deviceId: phone.deviceId } });
    expect(await laptop.refusal("message:send", { clientId: "x3", text: "no" })).toMatchObject({
      code: "not_active_device",
    });
    await phone.send("still mine");
  });

  test("a visitor who logs out through one node hears the same word on the other, at once", async () => {
    const { phone, laptop } = await phoneAndLaptop();
    await phone.ask("auth:logout", {});
    for (const page of [phone, laptop])
      expect(await page.event("closing")).toMatchObject({ code: "logged_out", mayReturn: false });
  });

  test("a person who logs out on a device hears it in its tabs on both nodes, and stays on other devices", async () => {
    const token = await userToken(nanoid());
    const device = newDevice();
    const [tab, tabThere] = [
      await first.visit({ userToken: token, device }),
      await second.visit({ userToken: token, device }),
    ];
    const others = [await first.visit({ userToken: token }), await second.visit({ userToken: token })];
    await tab.ask("auth:logout", {});
    for (const page of [tab, tabThere])
      expect(await page.event("closing")).toMatchObject({ code: "logged_out", mayReturn: false });
    for (const other of others) {
      await other.ask("presence:set", { visible: true });
      expect(other.of("closing")).toEqual([]);
    }
  });

  test("whom the site signs out is told so on both nodes", async () => {
    const sub = nanoid();
    const token = await userToken(sub);
    const pages = [await first.visit({ userToken: token }), await second.visit({ userToken: token })];
    const answer = await fetch(`${first.url}/v1/users/ext:${sub}/sign-out`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(answer.status).toBe(200);
    for (const page of pages) expect(await page.event("closing")).toMatchObject({ code: "revoked", mayReturn: false });
  });
});

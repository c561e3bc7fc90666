import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../../testing/testClient.ts";
import { type TestGateway, testGateway, userToken } from "../../testing/testGateway.ts";
import { say, UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
let people = 0;
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

/** Two devices of one person. */
async function pair(): Promise<[TestClient, TestClient]> {
  const token = await userToken(`person ${people++}`);
  return [await house.visit({ userToken: token }), await house.visit({ userToken: token })];
}

describe("typing", () => {
  test("is told to the person's other devices and not to the one that types", async () => {
    const [phone, laptop] = await pair();
    const { message } = await phone.send("hello");
    expect(await phone.ask("typing:set", { typing: true })).toEqual({});
    const told = await laptop.event("typing");
    expect(told).toEqual({
      sessionId: message.sessionId,
      author: { kind: "visitor", id: message.author.id },
      typing: true,
    });
    await phone.send("and this");
    expect(phone.of("typing")).toEqual([]);
  });

  test("is told at most once in 2 s, however often it is said", async () => {
    const [phone, laptop] = await pair();
    await phone.send("hello");
    const begun = performance.now();
    for (let i = 0; i < 20; i++) await phone.ask("typing:set", { typing: i % 2 === 0 });
    const { message } = await phone.send("done");
    await laptop.event("message", (told) => told.message.id === message.id);
    const most = 1 + Math.floor((performance.now() - begun) / 2_000);
    expect(laptop.of("typing").length).toBeGreaterThanOrEqual(1);
    expect(laptop.of("typing").length).toBeLessThanOrEqual(most);
  });

  test("before there is a session is accepted and told to nobody", async () => {
    const [phone, laptop] = await pair();
    expect(await phone.ask("typing:set", { typing: true })).toEqual({});
    await phone.send("hello");
    await laptop.event("message");
    expect(laptop.of("typing")).toEqual([]);
  });
});

test("presence is accepted both ways", async () => {
  const [phone] = await pair();
  expect(await phone.ask("presence:set", { visible: false })).toEqual({});
  expect(await phone.ask("presence:set", { visible: true })).toEqual({});
});

describe("a read mark", () => {
  test("is told to every device once it rises, and comes with the next Snapshot", async () => {
    const [phone, laptop] = await pair();
    const [message] = await say(phone, 3);
    const sessionId = message?.sessionId ?? "";
    expect(await laptop.ask("receipt:read", { sessionId, seq: 2 })).toEqual({});
    const { user, receipts } = await phone.open();
    const author = { kind: "visitor", id: user.id };
    expect(await phone.event("receipt")).toEqual({ sessionId, author, kind: "read", seq: 2 });
    expect(receipts).toEqual([{ author, delivered: 2, read: 2 }]);
  });

  test("never falls and never passes the last message, and a mark that stands still is told to nobody", async () => {
    const [phone, laptop] = await pair();
    const [message] = await say(phone, 3);
    const sessionId = message?.sessionId ?? "";
    for (const seq of [2, 1, 0, 2, 2_000_000_000, 3, 2]) await phone.ask("receipt:read", { sessionId, seq });
    const { receipts } = await laptop.open();
    expect(receipts.map(({ read }) => read)).toEqual([3]);
    expect(laptop.of("receipt").map(({ seq }) => seq)).toEqual([2, 3]);
  });

  test("can still be set when the session has ended", async () => {
    const [phone, laptop] = await pair();
    const { message } = await phone.send("hello");
    await phone.ask("session:close", {});
    await phone.ask("receipt:read", { sessionId: message.sessionId, seq: 1 });
    const { receipts } = await laptop.ask("sync", { sessionId: message.sessionId, rev: 0 });
    expect(receipts.map(({ read }) => read)).toEqual([1]);
  });

  test("of a session nobody knows is not found", async () => {
    const [phone] = await pair();
    expect(await phone.refusal("receipt:read", { sessionId: UNKNOWN_ID, seq: 1 })).toMatchObject({ code: "not_found" });
  });
});

describe("a draft", () => {
  test("comes with the next Snapshot on another device, before and after the first message", async () => {
    const [phone, laptop] = await pair();
    expect(await phone.ask("draft:set", { text: "Dear si" })).toEqual({});
    const first = await laptop.open();
    expect(first.draft).toEqual({ text: "Dear si", deviceId: phone.deviceId, at: expect.any(String) });
    await laptop.ask("session:takeover", {});
    await laptop.send("hello");
    await laptop.ask("draft:set", { text: "e\u0301 and" });
    expect((await phone.open()).draft).toMatchObject({ text: "\u00e9 and" });
  });

  test("names the device it was written on", async () => {
    const token = await userToken("drafter");
    const device = { id: "abcdefghijklmnopqrstu", label: "Phone" };
    const phone = await house.visit({ userToken: token, device });
    await phone.ask("draft:set", { text: "Dear si" });
    expect((await phone.open()).draft?.deviceId).toBe(device.id);
  });

  test("is cleared by an empty one", async () => {
    const [phone, laptop] = await pair();
    await phone.ask("draft:set", { text: "Dear si" });
    await phone.ask("draft:set", { text: "" });
    expect(await laptop.open()).not.toHaveProperty("draft");
  });

  test("is cleared by sending, and not by a message that is only repeated", async () => {
    const [phone, laptop] = await pair();
    await phone.ask("draft:set", { text: "Dear sir" });
    await phone.send("Dear sir", { clientId: "once" });
    expect(await laptop.open()).not.toHaveProperty("draft");
    await laptop.ask("session:takeover", {});
    await laptop.ask("draft:set", { text: "and anoth" });
    await phone.send("Dear sir", { clientId: "once" });
    expect((await laptop.open()).draft).toMatchObject({ text: "and anoth" });
  });

  test("that was on its way before the message does not come back after it", async () => {
    const [phone, laptop] = await pair();
    await phone.send("hello");
    await Promise.all([phone.ask("draft:set", { text: "Dear sir" }), phone.send("Dear sir")]);
    expect(await laptop.open()).not.toHaveProperty("draft");
  });
});

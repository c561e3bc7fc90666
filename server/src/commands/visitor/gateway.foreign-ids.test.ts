import type { VisitorCommandName } from "@baton/shared/commands";
import type { Message } from "@baton/shared/visitor/shapes";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../../testing/testClient.ts";
import { type TestGateway, testGateway, userToken } from "../../testing/testGateway.ts";
import { askBot, everythingStored, replyAfter, UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
let ada: TestClient;
let eve: TestClient;
let own: Message;
let reply: Message;
let ended: Message;
beforeAll(async () => {
  house = await testGateway();
  ada = await house.visit({ userToken: await userToken("ada") });
  ended = (await ada.send("yesterday")).message;
  // Its turn is over: nothing of it comes later, among what is looked at below.
  await replyAfter(ada, ended.seq);
  await ada.event("typing", ({ typing }) => !typing);
  await ada.ask("session:close", {});
  reply = await askBot(ada, "hello");
  await ada.event("typing", ({ typing, sessionId }) => !typing && sessionId === reply.sessionId);
  own = (await ada.open()).messages[0] ?? reply;
  eve = await house.visit({ userToken: await userToken("eve") });
  await askBot(eve, "hello");
});
afterAll(() => house.close());

/** Every command that takes an id, once for each kind of id that Ada has. */
const commands: [VisitorCommandName, string, (id: string) => object, () => string][] = [
  ["message:send", "session", (sessionId) => ({ clientId: "c", text: "x", sessionId }), () => own.sessionId],
  ["message:send", "ended session", (sessionId) => ({ clientId: "c", text: "x", sessionId }), () => ended.sessionId],
  ["message:send", "thread", (threadId) => ({ clientId: "c", text: "x", threadId }), () => own.threadId],
  ["message:send", "message", (replyTo) => ({ clientId: "c", text: "x", replyTo }), () => own.id],
  ["message:edit", "message", (messageId) => ({ messageId, text: "x" }), () => own.id],
  ["message:edit", "message of an ended session", (messageId) => ({ messageId, text: "x" }), () => ended.id],
  ["message:edit", "message, with a rev", (messageId) => ({ messageId, text: "x", rev: 77 }), () => own.id],
  ["message:edit", "reply", (messageId) => ({ messageId, text: "x" }), () => reply.id],
  ["message:delete", "message", (messageId) => ({ messageId }), () => own.id],
  ["message:delete", "reply", (messageId) => ({ messageId }), () => reply.id],
  ["message:feedback", "reply", (messageId) => ({ messageId, value: "down" }), () => reply.id],
  ["message:feedback", "message", (messageId) => ({ messageId, value: null }), () => own.id],
  ["reply:stop", "reply", (messageId) => ({ messageId }), () => reply.id],
  ["sync", "session", (sessionId) => ({ sessionId, rev: 0 }), () => own.sessionId],
  ["history:page", "session", (sessionId) => ({ sessionId }), () => own.sessionId],
  ["history:page", "ended session", (sessionId) => ({ sessionId, beforeSeq: 1 }), () => ended.sessionId],
  ["history:sessions", "session", (before) => ({ before }), () => own.sessionId],
  ["receipt:read", "session", (sessionId) => ({ sessionId, seq: 1 }), () => own.sessionId],
  ["session:start", "thread", (threadId) => ({ threadId }), () => own.threadId],
  ["session:rate", "session", (sessionId) => ({ sessionId, score: 1 }), () => ended.sessionId],
];

test.each(commands)(
  "%s with somebody else's %s is not found, word for word as for an unknown one",
  async (name, _what, payload, id) => {
    const before = await everythingStored(house.sql);
    const heard = ada.heard.length;
    const foreign = await eve.raw(name, payload(id()));
    expect(foreign).toMatchObject({ ok: false, error: { code: "not_found", retryable: false } });
    expect(foreign).toEqual(await eve.raw(name, payload(UNKNOWN_ID)));
    expect(await everythingStored(house.sql)).toEqual(before);
    expect(ada.heard.slice(heard)).toEqual([]);
  },
);

test("an id that is another kind of thing is not found either", async () => {
  for (const [name, _what, payload] of commands) {
    for (const id of [(await ada.open()).user.id, ada.deviceId]) {
      expect(await eve.raw(name, payload(id))).toMatchObject({ ok: false, error: { code: "not_found" } });
    }
  }
});

test("somebody else's session is not what a close means: it answers as for an unknown one", async () => {
  const before = await everythingStored(house.sql);
  const foreign = await eve.raw("session:close", { sessionId: own.sessionId });
  expect(foreign).toMatchObject({ ok: false, error: { code: "conflict" } });
  expect(foreign).toEqual(await eve.raw("session:close", { sessionId: UNKNOWN_ID }));
  expect(await everythingStored(house.sql)).toEqual(before);
});

test("a clientId that somebody else has used is one's own to use, and tells nothing of theirs", async () => {
  const { message } = await eve.send("mine", { clientId: own.clientId ?? "" });
  expect(message).toMatchObject({ text: "mine", author: { kind: "visitor" } });
  expect(message.id).not.toBe(own.id);
  await replyAfter(eve, message.seq);
});

test("a stranger's device id does not make one that person", async () => {
  const mallory = await house.connect({ device: { id: ada.deviceId, label: "Test" } });
  const snapshot = await mallory.open({ resume: { sessionId: own.sessionId, rev: 0 } });
  expect(snapshot).toMatchObject({ session: null, messages: [], receipts: [], reset: true });
  expect(snapshot).not.toHaveProperty("draft");
});

test("somebody else's events reach nobody but themselves", async () => {
  const heard = eve.heard.length;
  await ada.ask("receipt:read", { sessionId: own.sessionId, seq: 2 });
  await ada.ask("typing:set", { typing: true });
  await askBot(ada, "hello again");
  await ada.ask("session:close", {});
  await eve.ask("presence:set", { visible: true });
  // Of her own conversation she may still hear, such as that the bot has stopped typing.
  expect(JSON.stringify(eve.heard.slice(heard))).not.toContain(own.sessionId);
});

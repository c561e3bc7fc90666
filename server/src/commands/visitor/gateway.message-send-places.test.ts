import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newDevice, type TestDevice } from "../../testing/testClient.ts";
import { SHARED, type TestGateway, testGateway, testSite, userToken } from "../../testing/testGateway.ts";
import { UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
beforeAll(async () => {
  const bot = { kind: "none" } as const;
  house = await testGateway({ site: { bot }, moreSites: [testSite("shared", { ...SHARED, bot })] });
});
afterAll(() => house.close());

test("a message that names its session goes there; its reply and its thread are kept", async () => {
  const ada = await house.visit();
  const { message: first } = await ada.send("hello");
  const { sessionId, threadId, id: replyTo } = first;
  const { message } = await ada.send("and this", { sessionId, threadId, replyTo });
  expect(message).toMatchObject({ sessionId, threadId, replyTo, seq: 2, author: { kind: "visitor" } });
  expect((await ada.open()).messages).toEqual([first, message]);
});

test("what a person sends is heard by all of their tabs and by nobody else", async () => {
  const userToken_ = await userToken("ada");
  const [tab, phone, eve] = [
    await house.visit({ userToken: userToken_ }),
    await house.visit({ userToken: userToken_ }),
    await house.visit(),
  ];
  const { message, rev } = await tab.send("hello");
  expect(await phone.event("message", (heard) => heard.message.id === message.id)).toEqual({ message, rev });
  expect(await tab.event("message", (heard) => heard.message.id === message.id)).toEqual({ message, rev });
  await eve.ask("presence:set", { visible: true });
  expect(eve.heard).toEqual([]);
});

test("text is kept in Unicode NFC", async () => {
  const ada = await house.visit();
  expect((await ada.send("e\u0301 \u202e bidi")).message.text).toBe("\u00e9 \u202e bidi");
});

test("text of 8,000 units is taken and one more is not", async () => {
  const ada = await house.visit();
  expect((await ada.send("\u{1f600}".repeat(4_000))).message.text.length).toBe(8_000);
  const refusal = await ada.refusal("message:send", { clientId: nanoid(), text: `${"\u{1f600}".repeat(4_000)}.` });
  expect(refusal).toMatchObject({ code: "invalid_payload", retryable: false, details: { fields: ["text"] } });
});

test.each<[string, { sessionId?: string; replyTo?: string; threadId?: string; fileIds?: string[] }]>([
  ["session", { sessionId: UNKNOWN_ID }],
  ["message to reply to", { replyTo: UNKNOWN_ID }],
  ["thread", { threadId: UNKNOWN_ID }],
  ["file", { fileIds: [UNKNOWN_ID] }],
])("an unknown %s is not found, before the first message and after, and starts nothing", async (_what, where) => {
  const ada = await house.visit();
  const clientId = nanoid();
  expect(await ada.refusal("message:send", { clientId, text: "hello", ...where })).toMatchObject({ code: "not_found" });
  expect((await ada.open()).session).toBeNull();
  // What was refused has used up nothing: the same key is free.
  const { message } = await ada.send("hello", { clientId });
  const again = await ada.refusal("message:send", { clientId: nanoid(), text: "hello", ...where });
  expect(again).toMatchObject({ code: "not_found", retryable: false });
  expect(await ada.open()).toMatchObject({ messages: [message], rev: 1 });
});

test("after the end a message that names the session is refused, and one that does not starts another", async () => {
  const ada = await house.visit();
  const { message: last } = await ada.send("hello");
  await ada.ask("session:close", {});
  const late = { clientId: nanoid(), text: "wait", sessionId: last.sessionId };
  expect(await ada.refusal("message:send", late)).toMatchObject({ code: "session_ended", retryable: false });
  const { message } = await ada.send("again");
  expect(message).toMatchObject({ seq: 1, rev: 1 });
  expect(message.sessionId).not.toBe(last.sessionId);
  expect(await ada.refusal("message:send", late)).toMatchObject({ code: "session_ended" });
});

test("a clientId of an ended session is answered with the message it became, wherever it is sent to", async () => {
  const ada = await house.visit();
  const clientId = nanoid();
  const { message } = await ada.send("hello", { clientId });
  await ada.ask("session:close", {});
  for (const where of [{}, { sessionId: message.sessionId }, { sessionId: UNKNOWN_ID }, { replyTo: UNKNOWN_ID }]) {
    expect((await ada.send("hello", { clientId, ...where })).message).toEqual(message);
  }
  expect((await ada.open()).session).toBeNull();
});

test("a repeat answers with the message as it is now", async () => {
  const ada = await house.visit();
  const clientId = nanoid();
  const { message } = await ada.send("hello", { clientId });
  const edited = await ada.ask("message:edit", { messageId: message.id, text: "edited" });
  expect(await ada.send("hello", { clientId })).toMatchObject({ message: edited.message });
});

test("two people may use the same clientId", async () => {
  const [ada, bob] = [await house.visit(), await house.visit()];
  const clientId = nanoid();
  const [one, two] = [await ada.send("ada", { clientId }), await bob.send("bob", { clientId })];
  expect([one.message.text, two.message.text]).toEqual(["ada", "bob"]);
});

test.each<[string, string, { device?: TestDevice }]>([
  ["tabs", "demo", { device: newDevice() }],
  ["devices that share the chat", "shared", {}],
])("first messages of three %s at once make one session", async (_what, site, device) => {
  const auth = { site, userToken: await userToken(nanoid(), {}, site), ...device };
  const three = await Promise.all([1, 2, 3].map(() => house.visit(auth)));
  const sent = await Promise.all(three.map((one, i) => one.send(`from ${i}`)));
  expect(new Set(sent.map(({ message }) => message.sessionId)).size).toBe(1);
  expect(sent.map(({ message }) => message.seq).toSorted()).toEqual([1, 2, 3]);
});

test("what one tab sends at once is kept in the order in which it was sent", async () => {
  const ada = await house.visit();
  const sent = await Promise.all(Array.from({ length: 30 }, (_, i) => ada.send(`${i}`)));
  expect(sent.map(({ message }) => [message.seq, message.text])).toEqual(sent.map((_, i) => [i + 1, `${i}`]));
});

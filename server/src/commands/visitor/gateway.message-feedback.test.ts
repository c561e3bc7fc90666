import { afterAll, beforeAll, expect, test } from "vitest";
import { newDevice } from "../../testing/testClient.ts";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";
import { askBot, UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway();
});
afterAll(() => house.close());

test("a thumb for an answer takes a rev, is told to all tabs, can turn and can be taken back", async () => {
  const device = newDevice();
  const ada = await house.connect({ device });
  const { visitorToken } = await ada.open();
  const tab = await house.visit({ visitorToken, device });
  const reply = await askBot(ada, "hello");
  const up = await ada.ask("message:feedback", { messageId: reply.id, value: "up", comment: "thanks" });
  expect(up).toMatchObject({ rev: reply.rev + 1, message: { ...reply, rev: reply.rev + 1, feedback: "up" } });
  expect(await tab.event("message", (heard) => heard.rev === up.rev)).toEqual(up);
  const down = await tab.ask("message:feedback", { messageId: reply.id, value: "down" });
  expect(down.message.feedback).toBe("down");
  const none = await ada.ask("message:feedback", { messageId: reply.id, value: null });
  expect(none.message).not.toHaveProperty("feedback");
  expect((await ada.open()).messages.at(-1)).toEqual(none.message);
});

test("the same thumb again changes nothing", async () => {
  const ada = await house.visit();
  const reply = await askBot(ada, "hello");
  const up = await ada.ask("message:feedback", { messageId: reply.id, value: "up" });
  expect(await ada.ask("message:feedback", { messageId: reply.id, value: "up" })).toEqual(up);
});

test("an answer of an ended session can still be judged", async () => {
  const ada = await house.visit();
  const reply = await askBot(ada, "hello");
  const { session } = await ada.ask("session:close", {});
  const { rev, message } = await ada.ask("message:feedback", { messageId: reply.id, value: "down" });
  expect(rev).toBe(session.rev + 1);
  const page = await ada.ask("history:page", { sessionId: session.id });
  expect(page.messages.at(-1)).toEqual(message);
});

test("a visitor cannot judge their own message, nor one that nobody knows", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("hello");
  const own = await ada.refusal("message:feedback", { messageId: message.id, value: "up" });
  const unknown = await ada.refusal("message:feedback", { messageId: UNKNOWN_ID, value: "up" });
  expect([own.code, unknown.code]).toEqual(["forbidden", "not_found"]);
});

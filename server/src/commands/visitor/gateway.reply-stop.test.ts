import { afterAll, beforeAll, expect, test } from "vitest";
import { newDevice, type TestClient } from "../../testing/testClient.ts";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";
import { askBot, replyAfter, UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway();
});
afterAll(() => house.close());

/** The reply's message id, once a piece of it beyond the first has been heard. */
async function streaming(ada: TestClient): Promise<string> {
  await ada.send("Tell me how it works");
  return (await ada.event("reply:delta")).messageId;
}

test("stopping a streaming reply keeps what was written, and no piece follows", async () => {
  const device = newDevice();
  const ada = await house.connect({ device });
  const { visitorToken } = await ada.open();
  const tab = await house.visit({ visitorToken, device });
  const messageId = await streaming(ada);
  const { message, rev } = await tab.ask("reply:stop", { messageId });
  expect(message).toMatchObject({ id: messageId, status: "interrupted" });
  const heard = await ada.event("message", (told) => told.message.status === "interrupted");
  expect(heard).toEqual({ message, rev });
  const begun = ada.of("message").find((told) => told.message.id === messageId);
  expect(message.rev).toBe((begun?.rev ?? 0) + 1);
  expect(message.text).toBe(
    begun?.message.text +
      ada
        .of("reply:delta")
        .map((delta) => delta.text)
        .join(""),
  );
  // The conversation goes on, and nothing of the stopped reply comes any more.
  const next = await askBot(ada, "hello");
  expect(next.status).toBe("complete");
  const after = ada.heard.slice(
    ada.heard.findIndex((h) => h.event === "message" && h.payload.message.status === "interrupted") + 1,
  );
  expect(after.filter((h) => h.event === "reply:delta" && h.payload.messageId === messageId)).toEqual([]);
  expect((await ada.open()).messages.find((m) => m.id === messageId)).toEqual(message);
});

test("stopping a reply that has finished answers it as it stands", async () => {
  const ada = await house.visit();
  const reply = await askBot(ada, "hello");
  expect(await ada.ask("reply:stop", { messageId: reply.id })).toEqual({ message: reply, rev: reply.rev });
});

test("stopping twice answers the same", async () => {
  const ada = await house.visit();
  const messageId = await streaming(ada);
  const [one, two] = await Promise.all([ada.ask("reply:stop", { messageId }), ada.ask("reply:stop", { messageId })]);
  expect(two).toEqual(one);
});

test("a stranger cannot stop a reply: it is not found and goes on", async () => {
  const [ada, eve] = [await house.visit(), await house.visit()];
  const messageId = await streaming(ada);
  const foreign = await eve.refusal("reply:stop", { messageId });
  expect(foreign).toEqual(await eve.refusal("reply:stop", { messageId: UNKNOWN_ID }));
  expect(foreign.code).toBe("not_found");
  expect((await replyAfter(ada, 1)).status).toBe("complete");
});

test("only a reply can be stopped", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("hello");
  expect(await ada.refusal("reply:stop", { messageId: message.id })).toMatchObject({ code: "forbidden" });
});

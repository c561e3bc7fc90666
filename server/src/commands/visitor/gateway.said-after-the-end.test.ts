// Nobody waits for an ack before they write on: what was said behind an end is no part of what has ended.
import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../../testing/testClient.ts";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway();
});
afterAll(() => house.close());

/** Somebody to whom the bot is writing: its end has something to stop first. */
async function amidAReply(): Promise<{ ada: TestClient; sessionId: string }> {
  const ada = await house.visit();
  const { message } = await ada.send("Tell me how it works");
  await ada.event("reply:delta");
  return { ada, sessionId: message.sessionId };
}

describe.each(["session:close", "session:start"] as const)("behind %s, without waiting for its ack,", (event) => {
  test("a message begins another session, and so do all that follow, in their order", async () => {
    const { ada, sessionId } = await amidAReply();
    const ended = ada.ask(event, { sessionId });
    const said = await Promise.all(["one", "two", "three"].map((text) => ada.send(text)));
    await ended;
    const [{ message: first }] = said as [(typeof said)[0]];
    expect(first.sessionId).not.toBe(sessionId);
    const places = said.map(({ message }) => [message.sessionId, message.text]);
    expect(places).toEqual(["one", "two", "three"].map((text) => [first.sessionId, text]));
    expect(said.map(({ message }) => message.seq)).toEqual([1, 2, 3]);
    const old = await ada.ask("history:page", { sessionId });
    expect(old.messages.filter(({ author }) => author.kind === "visitor").map(({ text }) => text)).toEqual([
      "Tell me how it works",
    ]);
  });

  test("a message for the session that ends is refused, and may be said anew", async () => {
    const { ada, sessionId } = await amidAReply();
    const ended = ada.ask(event, { sessionId });
    const refusal = ada.refusal("message:send", { clientId: nanoid(), text: "late", sessionId });
    await ended;
    expect(await refusal).toMatchObject({ code: "session_ended", retryable: false });
  });

  test("when it is refused, all goes on where it was", async () => {
    const { ada, sessionId } = await amidAReply();
    const refused = ada.refusal(event, { sessionId: "of-yesterday" });
    const { message } = await ada.send("still here");
    expect(await refused).toMatchObject({ code: "conflict" });
    expect(message.sessionId).toBe(sessionId);
  });
});

import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newDevice } from "../../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, testGateway, userToken } from "../../testing/testGateway.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway();
});
afterAll(() => house.close());

test("a first message starts a session with seq 1 and rev 1, announced before the message", async () => {
  const ada = await house.visit();
  const { message, rev } = await ada.send("Hello");
  expect(message).toMatchObject({ seq: 1, rev: 1, text: "Hello", status: "complete", kind: "text" });
  expect(rev).toBe(1);
  await ada.event("message", (heard) => heard.message.id === message.id);
  expect(ada.heard.map((heard) => heard.event).slice(0, 2)).toEqual(["session:updated", "message"]);
});

test("sending a clientId again answers with the first message and appends nothing", async () => {
  const ada = await house.visit();
  const clientId = nanoid();
  const first = await ada.send("once", { clientId });
  const again = await ada.send("once, but different", { clientId });
  expect(again.message).toEqual(first.message);
  expect((await ada.send("next")).message.seq).toBe(2);
});

test("the demo bot answers in pieces that add up to the finished reply", async () => {
  const ada = await house.visit();
  await ada.send("hello");
  const begun = await ada.event("message", ({ message }) => message.author.kind === "bot");
  const done = await ada.event(
    "message",
    ({ message }) => message.author.kind === "bot" && message.status === "complete",
  );
  const pieces = ada.of("reply:delta").map((delta) => delta.text);
  expect(begun.message.status).toBe("streaming");
  expect(begun.message.text + pieces.join("")).toBe(done.message.text);
  expect(done.message.kind).toBe("choice");
  expect(done.rev).toBe(begun.rev + 1);
});

test("the same clientId 50 times at once on three connections and two gateways is one message, and seq has no hole", async () => {
  const database = await testDatabase();
  const [one, two] = await Promise.all([startTestGateway(database.target), startTestGateway(database.target)]);
  const auth = { userToken: await userToken("ada"), device: newDevice() };
  const tabs = await Promise.all([one.visit(auth), one.visit(auth), two.visit(auth)]);
  for (let round = 0; round < 5; round++) {
    const clientId = nanoid();
    const sent = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const tab = tabs[i % 3];
        if (!tab) throw new Error("no tab");
        return tab.send(`round ${round}`, { clientId });
      }),
    );
    expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1);
    expect(new Set(sent.map(({ message }) => message.seq)).size).toBe(1);
  }
  const rows = await one.sql<{ seq: number }>`SELECT seq FROM messages WHERE sender = 'visitor' ORDER BY seq`;
  const all = await one.sql<{ seq: number }>`SELECT seq FROM messages ORDER BY seq`;
  expect(rows.length).toBe(5);
  expect(all.map((row) => row.seq)).toEqual(all.map((_, i) => i + 1));
  await one.close();
  await two.close();
  await database.drop();
});

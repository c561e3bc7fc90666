import { afterEach, expect, test } from "vitest";
import { newDevice } from "../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, userToken } from "../testing/testGateway.ts";
import { askBot, replyAfter } from "../testing/visits.ts";
import { holdTurns } from "./heldTurns.fixture.ts";

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function database() {
  const made = await testDatabase();
  open.push(made.drop);
  return made.target;
}

async function serve(target: Awaited<ReturnType<typeof database>>): Promise<TestGateway> {
  const house = await startTestGateway(target, { isAlone: true });
  open.push(house.close);
  return house;
}

const optionsOf = (message: { data?: Record<string, unknown> | undefined }) => message.data?.options;

test("someone who looks for an order is asked for its number and e-mail, confirms, and is told", async () => {
  const house = await serve(await database());
  const ada = await house.visit();
  expect((await askBot(ada, "Find my order")).text).toMatch(/order number/i);
  const unknown = await askBot(ada, "it was blue");
  expect(unknown.text).toMatch(/does not look like an order number/i);
  expect((await askBot(ada, "b 1042")).text).toMatch(/B-1042.*e-mail/i);
  expect((await askBot(ada, "nobody")).text).toMatch(/does not look like an e-mail/i);
  const confirm = await askBot(ada, "it is ada@shop.example");
  expect(confirm).toMatchObject({ kind: "choice", text: expect.stringMatching(/B-1042.*ada@shop\.example/) });
  const found = await askBot(ada, String((optionsOf(confirm) as string[])[0]));
  expect(found.text).toMatch(/Order B-1042 /);
  // The flow is over: the same word means nothing more.
  expect((await askBot(ada, "ada@shop.example")).text).toMatch(/I heard/);
});

test("someone may leave the flow, and start it over", async () => {
  const house = await serve(await database());
  const ada = await house.visit();
  await askBot(ada, "Find my order");
  await askBot(ada, "C-2000");
  expect((await askBot(ada, "Start over")).text).toMatch(/order number/i);
  expect((await askBot(ada, "Never mind")).text).toMatch(/left your order alone/i);
  expect((await askBot(ada, "C-2000")).text).toMatch(/I heard/);
});

test("where someone is in the flow outlives a reconnect and a restart of the gateway", async () => {
  const target = await database();
  const first = await serve(target);
  const auth = { userToken: await userToken("ada"), device: newDevice() };
  const ada = await first.visit(auth);
  await askBot(ada, "Find my order");
  const asked = await askBot(ada, "B-1042");
  ada.close();
  const back = await first.connect(auth);
  expect((await back.open()).messages.at(-1)).toEqual(asked);
  await askBot(back, "ada@shop.example");
  await first.gateway.close();
  const second = await serve(target);
  const later = await second.connect(auth);
  const { messages, resumption } = await later.open();
  expect(resumption.kind).toBe("restored");
  expect(messages.at(-1)?.text).toMatch(/Is that right/);
  expect((await askBot(later, "Yes, look it up")).text).toMatch(/Order B-1042 /);
});

test("a burst of messages is one turn with one answer", async () => {
  const house = await serve(await database());
  const ada = await house.visit();
  const sent = await Promise.all(["one", "two", "three"].map((text) => ada.send(text)));
  const reply = await replyAfter(ada, 3);
  expect(reply).toMatchObject({ seq: 4, text: expect.stringMatching(/your 3 messages.*three/) });
  const turns = await house.sql`SELECT state, attempt FROM turns`;
  expect(turns).toEqual([{ state: "done", attempt: 1 }]);
  expect((await askBot(ada, "hello")).seq).toBe(sent.length + 3);
});

test("messages that come while the bot answers are answered by the next turn", async () => {
  const house = await serve(await database());
  const ada = await house.visit();
  await ada.send("Tell me how it works");
  const { messageId } = await ada.event("reply:delta");
  const [two, three] = await Promise.all([ada.send("two"), ada.send("three")]);
  const first = await ada.event("message", ({ message }) => message.id === messageId && message.status === "complete");
  expect(first.message.seq).toBeLessThan(two.message.seq);
  const second = await replyAfter(ada, three.message.seq);
  expect(second.text).toMatch(/your 2 messages.*three/);
});

test("messages deleted before they are answered need no answer", async () => {
  const house = await serve(await database());
  const ada = await house.visit();
  const held = await holdTurns(house.sql);
  const { message } = await ada.send("oh no");
  await ada.ask("message:delete", { messageId: message.id });
  await held.release();
  await expect.poll(async () => (await house.sql`SELECT state FROM turns`)[0]?.state, { timeout: 10_000 }).toBe("done");
  expect((await ada.open()).messages.map(({ author }) => author.kind)).toEqual(["visitor"]);
  expect((await askBot(ada, "hello")).text).toMatch(/Hello/);
});

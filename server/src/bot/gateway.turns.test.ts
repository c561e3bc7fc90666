import { afterEach, expect, test } from "vitest";
import { connectPostgres } from "../postgres/connect.ts";
import { databaseLink } from "../testing/databaseLink.ts";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import {
  nodesMeet,
  startTestGateway,
  type TestGateway,
  type TestOptions,
  testDatabase,
  userToken,
} from "../testing/testGateway.ts";
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

async function serve(target: Awaited<ReturnType<typeof database>>, options?: TestOptions): Promise<TestGateway> {
  const house = await startTestGateway(target, options);
  open.push(house.close);
  return house;
}

const pieces = (heard: { text: string }[]) => heard.map(({ text }) => text).join("");

test.skipIf(nodesMeet)(
  "a turn whose gateway froze is answered once, by attempt 2, and what the frozen one still says is void",
  async () => {
    const target = await database();
    const links = [await databaseLink(target), await databaseLink(target)] as const;
    for (const { close } of links) open.push(close);
    const [one, other] = [await serve(links[0].target), await serve(links[1].target)];
    const witness = connectPostgres(target, 1);
    open.push(witness.end);
    const auth = { userToken: await userToken("ada"), device: newDevice() };
    const tabs: [TestClient, TestClient] = [await one.visit(auth), await other.visit(auth)];
    await tabs[0].send("Tell me how it works");
    // Either of them may have taken the turn: a piece is heard only where it is written.
    const heard = tabs.map(async (tab) => ({ tab, messageId: (await tab.event("reply:delta")).messageId }));
    const { tab: frozen, messageId } = await Promise.race(heard);
    const later = frozen === tabs[0] ? tabs[1] : tabs[0];
    // It goes on talking, but reaches nothing.
    const link = frozen === tabs[0] ? links[0] : links[1];
    link.down();
    await witness`UPDATE turns SET lease_until = baton_now() - interval '1 second' WHERE state = 'running'`;
    const reply = await replyAfter(later, 1);
    link.up();
    expect(reply).toMatchObject({ id: messageId, seq: 2, status: "complete" });
    expect(new Set(later.of("reply:delta").map(({ attempt }) => attempt))).toEqual(new Set([2]));
    expect(later.of("reply:delta")[0]?.offset).toBe(0);
    expect(pieces(later.of("reply:delta"))).toBe(reply.text);
    const turns = await witness`SELECT state, attempt FROM turns`;
    expect(turns).toEqual([{ state: "done", attempt: 2 }]);
    const { messages } = await (await other.connect(auth)).open();
    expect(messages.map(({ seq, text }) => [seq, text])).toEqual([
      [1, "Tell me how it works"],
      [2, reply.text],
    ]);
  },
);

test("a turn left running by a gateway that was killed is answered by the next one that is alone", async () => {
  const target = await database();
  const link = await databaseLink(target);
  open.push(link.close);
  const first = await serve(link.target);
  const auth = { userToken: await userToken("ada"), device: newDevice() };
  const ada = await first.visit(auth);
  const { message } = await ada.send("Tell me how it works");
  const { messageId } = await ada.event("reply:delta");
  // Killed, as far as the database can tell.
  link.down();
  const second = await serve(target, { isAlone: true });
  const back = await second.visit(auth);
  const reply = await replyAfter(back, message.seq);
  expect(reply).toMatchObject({ id: messageId, status: "complete", seq: message.seq + 1 });
  const turns = await second.sql`SELECT state, attempt FROM turns`;
  expect(turns).toEqual([{ state: "done", attempt: 2 }]);
  expect((await askBot(back, "hello")).text).toMatch(/Hello/);
});

test("a turn that was promised and not begun when the gateway stopped is answered by the next", async () => {
  const target = await database();
  const first = await serve(target);
  const auth = { userToken: await userToken("ada"), device: newDevice() };
  const held = await holdTurns(first.sql);
  const { message } = await (await first.visit(auth)).send("hello");
  await first.gateway.close();
  await held.release();
  const second = await serve(target, { isAlone: true });
  const back = await second.visit(auth);
  expect((await replyAfter(back, message.seq)).text).toMatch(/Hello/);
  expect(await second.sql`SELECT state, attempt FROM turns`).toEqual([{ state: "done", attempt: 1 }]);
});

test("a gateway that stops in the middle of a reply gives the turn back, and the next answers it anew", async () => {
  const target = await database();
  const first = await serve(target);
  const auth = { userToken: await userToken("ada"), device: newDevice() };
  const ada = await first.visit(auth);
  await ada.send("Tell me how it works");
  const { messageId } = await ada.event("reply:delta");
  await first.gateway.close();
  const second = await serve(target, { isAlone: true });
  const reply = await replyAfter(await second.visit(auth), 1);
  expect(reply).toMatchObject({ id: messageId, status: "complete", seq: 2 });
});

test("a reply that ended while the database was away is told whole once it is back, and stands there once", async () => {
  const link = await databaseLink(await database());
  open.push(link.close);
  const house = await serve(link.target);
  const ada = await house.visit();
  const { message } = await ada.send("Tell me how it works");
  await ada.event("reply:delta");
  link.down();
  const brokeOff = async () =>
    (await house.metrics.turns.get()).values.some(({ labels }) => labels.outcome === "failed");
  await expect.poll(brokeOff, { timeout: 10_000 }).toBe(true);
  const [begun] = ada.of("message").filter((told) => told.message.author.kind === "bot");
  const shown = (begun?.message.text ?? "") + pieces(ada.of("reply:delta"));
  link.up();
  await house.sql`UPDATE turns SET lease_until = baton_now()`;
  const reply = await replyAfter(ada, message.seq);
  expect(reply).toMatchObject({ id: begun?.message.id, seq: message.seq + 1, status: "complete", text: shown });
  expect((await ada.open()).messages.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("P11: of two gateways on one database one answers each turn", async () => {
  const target = await database();
  const houses = [await serve(target), await serve(target)];
  const people = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => houses[i % 2]?.visit({ userToken: await userToken(`person ${i}`) })),
  );
  await Promise.all(people.map((person) => person?.send("hello")));
  const [house] = houses;
  if (!house) throw new Error("two are there");
  const count = async () => (await house.sql`SELECT id FROM turns WHERE state = 'done'`).length;
  await expect.poll(count, { timeout: 15_000 }).toBe(20);
  const replies = await house.sql`SELECT session_id FROM messages WHERE sender = 'bot' AND status = 'complete'`;
  expect([replies.length, new Set(replies.map((row) => row.session_id)).size]).toEqual([20, 20]);
});

/** A reply of which one gateway has begun to write, then was killed as far as the database can tell. */
async function leftAmidReply() {
  const target = await database();
  const link = await databaseLink(target);
  open.push(link.close);
  const first = await serve(link.target);
  const auth = { userToken: await userToken("ada"), device: newDevice() };
  const ada = await first.visit(auth);
  const { message } = await ada.send("Tell me how it works");
  const { messageId } = await ada.event("reply:delta");
  link.down();
  return { target, auth, question: message, messageId };
}

/** What the reply is once another gateway has taken the turn up: heard, and as it is stored. */
async function takenUp({ target, auth, messageId }: Awaited<ReturnType<typeof leftAmidReply>>, options?: TestOptions) {
  const house = await serve(target, { isAlone: true, ...options });
  const client = await house.connect(auth);
  const find = async () => (await client.open()).messages.find(({ id }) => id === messageId);
  await expect.poll(async () => (await find())?.status, { timeout: 10_000 }).not.toBe("streaming");
  const turns = await house.sql<{ state: string }>`SELECT state FROM turns`;
  return { reply: await find(), turns: turns.map(({ state }) => state) };
}

test("a reply whose turn has used up its attempts has failed, and keeps what was written", async () => {
  const left = await leftAmidReply();
  const aside = await serve(left.target, { site: { bot: { kind: "none" } } });
  await aside.sql`UPDATE turns SET attempt = 5`;
  await aside.close();
  open.pop();
  const { reply, turns } = await takenUp(left);
  expect(reply).toMatchObject({ status: "failed", text: expect.stringMatching(/^Everything you/) });
  expect(turns).toEqual(["failed"]);
});

test("a reply whose bot was removed meanwhile is ended as it stands", async () => {
  const { reply, turns } = await takenUp(await leftAmidReply(), { site: { bot: { kind: "none" } } });
  expect(reply).toMatchObject({ status: "interrupted", text: expect.stringMatching(/^Everything you/) });
  expect(turns).toEqual(["done"]);
});

test("a reply whose question was deleted meanwhile is ended as it stands", async () => {
  const left = await leftAmidReply();
  const aside = await serve(left.target);
  const client = await aside.visit(left.auth);
  await client.ask("message:delete", { messageId: left.question.id, rev: left.question.rev });
  await aside.close();
  open.pop();
  const { reply, turns } = await takenUp(left);
  expect(reply).toMatchObject({ status: "interrupted", text: expect.stringMatching(/^Everything you/) });
  expect(turns).toEqual(["done"]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type TestGateway, testGateway, testSite, userToken } from "../testing/testGateway.ts";
import { askBot, replyAfter } from "../testing/visits.ts";
import { demoBot } from "./demoBot.ts";

let house: TestGateway;
beforeEach(async () => {
  house = await testGateway({ moreSites: [testSite("quiet", { bot: { kind: "none" } })] });
});
afterEach(() => house.close());

test("whoever asks for a person waits in the queue: every tab is told, with their place", async () => {
  const token = await userToken("ada");
  const [ada, tab] = [await house.visit({ userToken: token }), await house.visit({ userToken: token })];
  const reply = await askBot(ada, "Talk to a person");
  expect(reply).toMatchObject({ status: "complete", data: { options: ["Back to the bot"] } });
  const { session, rev } = await tab.event("session:updated", (told) => told.session.mode === "queue");
  expect(session).toMatchObject({ id: reply.sessionId, state: "open", mode: "queue", rev });
  expect(rev).toBe(reply.rev + 1);
  expect(await tab.event("queue:position")).toEqual({ sessionId: session.id, position: 1 });
  expect((await ada.open()).session).toEqual(session);
});

test("the second in the queue is told that they are the second", async () => {
  const [ada, bob] = [await house.visit(), await house.visit()];
  await askBot(ada, "Talk to a person");
  await ada.event("queue:position");
  await askBot(bob, "I want a human");
  expect(await bob.event("queue:position")).toMatchObject({ position: 2 });
});

test("P11: who waits is not answered by the bot; «Back to the bot» leads back, and it answers again", async () => {
  const ada = await house.visit();
  const queued = await askBot(ada, "Talk to a person");
  await ada.event("session:updated", (told) => told.session.mode === "queue");
  const { message: waiting } = await ada.send("hello?");
  expect(await house.sql`SELECT state FROM turns WHERE state <> 'done'`).toEqual([]);
  const { message: back } = await ada.send("Back to the bot");
  const { session } = await ada.event("session:updated", (told) => told.session.mode === "bot" && told.rev > back.rev);
  expect(session.rev).toBe(back.rev + 1);
  const answer = await replyAfter(ada, back.seq);
  expect(answer.text).toMatch(/Here I am again/);
  expect((await ada.open()).messages.map(({ seq, author }) => [seq, author.kind])).toEqual([
    [1, "visitor"],
    [queued.seq, "bot"],
    [waiting.seq, "visitor"],
    [back.seq, "visitor"],
    [answer.seq, "bot"],
  ]);
  expect((await askBot(ada, "hello")).text).toMatch(/Hello/);
});

test("«Back to the bot» from somebody who does not wait is a message like any other", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("Back to the bot");
  await replyAfter(ada, message.seq);
  expect((await ada.open()).session).toMatchObject({ mode: "bot" });
});

test("where nobody answers by itself a conversation waits for a person from its first word", async () => {
  const ada = await house.visit({ site: "quiet" });
  await ada.send("hello");
  expect((await ada.open()).session).toMatchObject({ mode: "queue" });
  expect(await house.sql`SELECT id FROM turns`).toEqual([]);
});

test("who waits may close the session; the place is free", async () => {
  const [ada, bob] = [await house.visit(), await house.visit()];
  await askBot(ada, "Talk to a person");
  await ada.event("queue:position");
  expect((await ada.ask("session:close", {})).session).toMatchObject({ state: "ended" });
  await askBot(bob, "Talk to a person");
  expect(await bob.event("queue:position")).toMatchObject({ position: 1 });
});

test("what is said while the bot hands off waits for the person, too", async () => {
  let handOff = (): void => {};
  const isSaid = new Promise<void>((resolve) => {
    handOff = resolve;
  });
  const { answer } = demoBot;
  vi.spyOn(demoBot, "answer").mockImplementation(async function* (turn, signal) {
    for await (const event of answer(turn, signal)) {
      if (event.kind === "handoff") await isSaid;
      yield event;
    }
  });
  const ada = await house.visit();
  const { message } = await ada.send("Talk to a person");
  await ada.event("reply:delta");
  await ada.send("quickly, please");
  handOff();
  await replyAfter(ada, message.seq);
  await ada.event("queue:position");
  expect(await house.sql`SELECT state FROM turns ORDER BY created_at`).toEqual([
    { state: "done" },
    { state: "dropped" },
  ]);
  expect(await house.sql`SELECT mode, awaiting FROM sessions`).toEqual([{ mode: "queue", awaiting: "us" }]);
});

/** Merging meets something else at the same moment: what is forced with a latch, and what is left to chance. */
import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inLineForGood } from "../device-lock/devices.fixture.ts";
import type { TestClient } from "../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, testGateway, userToken } from "../testing/testGateway.ts";
import { say, UNKNOWN_ID } from "../testing/visits.ts";
import { anonymous, connected, holdSession, ownedBy, person, transcript, why } from "./merging.fixture.ts";

let house: TestGateway;
let node: TestGateway;
let database: Awaited<ReturnType<typeof testDatabase>>;
const options = { site: { bot: { kind: "none" as const } } };
beforeAll(async () => {
  database = await testDatabase();
  house = await startTestGateway(database.target, options);
  node = await startTestGateway(database.target, options);
});
afterAll(async () => {
  await house.close();
  await node.close();
  await database.drop();
});

const restarted = { code: "restart", mayReturn: true };

/** What came of a send: the message, or nothing where the connection was ended instead. */
async function sent(client: TestClient, clientId: string, text: string) {
  const gone = client.disconnected().then(() => undefined);
  return Promise.race([client.ask("message:send", { clientId, text }), gone]);
}

const places = (messages: readonly { seq: number; text: string }[]) => messages.map(({ seq, text }) => [seq, text]);

describe("a send of the visitor in flight", () => {
  test("that comes first is kept and moves; its repeat is recognised", async () => {
    const visitor = await anonymous(house);
    const [first] = await say(visitor.page, 1);
    const sessionId = first?.sessionId ?? UNKNOWN_ID;
    const latch = await holdSession(house.sql, sessionId);
    const clientId = nanoid();
    const sending = sent(visitor.page, clientId, "in flight");
    await latch.queue(1, inLineForGood);
    const signing = person().then(({ token }) => visitor.signIn(token));
    await latch.queue(2);
    await latch.release();
    expect((await sending)?.message).toMatchObject({ seq: 2 });
    const { client } = await signing;
    expect((await client.send("in flight", { clientId })).message.seq).toBe(2);
    expect((await client.send("after")).message.seq).toBe(3);
    const said = await transcript(client, sessionId);
    expect(places(said)).toEqual([
      [1, "message 1"],
      [2, "in flight"],
      [3, "after"],
    ]);
  });

  test("that comes later gets no answer; its repeat is appended, once", async () => {
    const visitor = await anonymous(house);
    const [first] = await say(visitor.page, 1);
    const sessionId = first?.sessionId ?? UNKNOWN_ID;
    const latch = await holdSession(house.sql, sessionId);
    const signing = person().then(({ token }) => visitor.signIn(token));
    await latch.queue(1);
    const clientId = nanoid();
    const sending = sent(visitor.page, clientId, "in flight");
    await latch.queue(2);
    await latch.release();
    expect(await sending).toBeUndefined();
    expect(await why(visitor.page)).toEqual(restarted);
    const { client } = await signing;
    expect((await client.send("in flight", { clientId })).message.seq).toBe(2);
    expect((await client.send("in flight", { clientId })).message.seq).toBe(2);
    expect(places(await transcript(client, sessionId))).toEqual([
      [1, "message 1"],
      [2, "in flight"],
    ]);
  });

  test("that begins the conversation is not lost between the two", async () => {
    for (let round = 0; round < 5; round++) {
      const visitor = await anonymous(house);
      const { token } = await person();
      const clientId = nanoid();
      const [acked, { client }] = await Promise.all([sent(visitor.page, clientId, "first"), visitor.signIn(token)]);
      const { message } = await client.send("first", { clientId });
      if (acked) expect(acked.message.id).toBe(message.id);
      expect(places(await transcript(client, message.sessionId))).toEqual([[1, "first"]]);
      expect(await ownedBy(house.sql, visitor.id)).toEqual([]);
    }
  });
});

test("a send of the person in flight, whose conversation is put aside, is theirs once", async () => {
  const visitor = await anonymous(house);
  const ada = await connected(house);
  const [own] = await say(ada.page, 1);
  await say(visitor.page, 1);
  const latch = await holdSession(house.sql, own?.sessionId ?? UNKNOWN_ID);
  const signing = visitor.signIn(ada.token);
  await latch.queue(1);
  const clientId = nanoid();
  const sending = sent(ada.page, clientId, "in flight");
  await latch.queue(2);
  await latch.release();
  const { client, snapshot } = await signing;
  expect(await sending).toBeUndefined();
  const again = await house.connect({ device: ada.device, userToken: ada.token });
  await again.open();
  const { message } = await again.send("in flight", { clientId });
  expect(message).toMatchObject({ seq: 2, sessionId: snapshot.session?.id });
  expect(await transcript(client, own?.sessionId ?? UNKNOWN_ID)).toHaveLength(1);
});

test("an edit in flight is made before, or not at all", async () => {
  const visitor = await anonymous(house);
  const [first] = await say(visitor.page, 1);
  const latch = await holdSession(house.sql, first?.sessionId ?? UNKNOWN_ID);
  const editing = visitor.page.ask("message:edit", { messageId: first?.id ?? "", text: "edited" });
  await latch.queue(1);
  const signing = person().then(({ token }) => visitor.signIn(token));
  await latch.queue(2);
  await latch.release();
  expect((await editing).rev).toBe(2);
  const { snapshot } = await signing;
  expect(snapshot).toMatchObject({ rev: 3, messages: [{ text: "edited", rev: 2 }] });
});

describe("twice at once", () => {
  test.each([
    ["on one node", () => house],
    ["on two nodes", () => node],
  ])("%s it happens once, and both pages go on", async (_where, second) => {
    for (let round = 0; round < 5; round++) {
      const visitor = await anonymous(house);
      const [said] = await say(visitor.page, 2);
      const { token } = await person();
      const [one, two] = await Promise.all([visitor.signIn(token), visitor.signIn(token, second())]);
      for (const { client, snapshot } of [one, two]) {
        expect(snapshot).toMatchObject({ session: { id: said?.sessionId, rev: 3 }, lock: { mine: true } });
        expect(places(snapshot.messages)).toEqual([
          [1, "message 1"],
          [2, "message 2"],
        ]);
        await client.send("both are tabs of one device");
      }
      const [row] = await house.sql<{ epoch: number }>`
        SELECT epoch FROM users WHERE id = ${one.snapshot.user.id}`;
      expect(row?.epoch).toBe(one.snapshot.lock.epoch);
      expect([...one.client.of("closing"), ...two.client.of("closing")]).toEqual([]);
    }
  });

  test("by two people only the first has it", async () => {
    const visitor = await anonymous(house);
    const [said] = await say(visitor.page, 1);
    const [ada, bob] = [await person(), await person()];
    const both = await Promise.all([visitor.signIn(ada.token), visitor.signIn(bob.token, node)]);
    const sessions = both.map(({ snapshot }) => snapshot.session?.id);
    expect(sessions.toSorted()).toEqual([said?.sessionId, undefined]);
  });

  test("of two visitors who are one person, both come along", async () => {
    const [one, two] = [await anonymous(house), await anonymous(house)];
    const [first] = await say(one.page, 1);
    const [last] = await say(two.page, 1);
    const { token } = await person();
    const [, { snapshot }] = await Promise.all([one.signIn(token), two.signIn(token, node)]);
    const client = await house.visit({ userToken: token });
    const { sessions } = await client.ask("history:sessions", {});
    expect(sessions.map(({ id }) => id).toSorted()).toEqual([first?.sessionId, last?.sessionId].toSorted());
    expect(sessions.filter(({ state }) => state !== "ended")).toHaveLength(1);
    for (const { id } of sessions) expect(await transcript(client, id)).toHaveLength(1);
    expect(snapshot.user.kind).toBe("identified");
  });
});

test("who writes all the while loses nothing, doubles nothing, and stays in order", async () => {
  const visitor = await anonymous(house);
  const { token } = await person();
  const texts = Array.from({ length: 60 }, (_, i) => `word ${i}`);
  const keys = texts.map(() => nanoid());
  const acked = Promise.all(texts.map((text, i) => sent(visitor.page, keys[i] ?? "", text)));
  const [answers, { client, snapshot }] = await Promise.all([acked, visitor.signIn(token)]);
  const known = answers.filter((answer) => answer !== undefined);
  for (const [i, text] of texts.entries()) if (!answers[i]) await client.send(text, { clientId: keys[i] ?? "" });
  const sessionId = (await client.open()).session?.id ?? UNKNOWN_ID;
  const said = await transcript(client, sessionId);
  expect(places(said)).toEqual(texts.map((text, i) => [i + 1, text]));
  expect(said.slice(0, known.length).map(({ id }) => id)).toEqual(known.map(({ message }) => message.id));
  expect(said.every(({ author }) => author.id === snapshot.user.id)).toBe(true);
});

test("connections on other nodes, which nobody tells, begin anew within 10 s", async () => {
  const visitor = await anonymous(house);
  await say(visitor.page, 1);
  const sub = nanoid();
  const token = await userToken(sub);
  const elsewhere = await node.visit({ userToken: token });
  const other = await node.visit({ visitorToken: visitor.visitorToken });
  const started = performance.now();
  const { client } = await visitor.signIn(token);
  expect(await why(elsewhere)).toEqual(restarted);
  expect(await why(other)).toEqual(restarted);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(client.of("closing")).toEqual([]);
});

describe("an answer that is being given", () => {
  let withBot: TestGateway;
  beforeAll(async () => {
    withBot = await testGateway();
  });
  afterAll(() => withBot.close());

  test("is finished for the person, once", async () => {
    const visitor = await anonymous(withBot);
    const { token } = await person();
    const { message } = await visitor.page.send("Tell me how it works");
    await visitor.page.event("reply:delta");
    const { client } = await visitor.signIn(token);
    const { message: reply } = await client.event("message", (told) => told.message.status === "complete");
    expect(reply).toMatchObject({ sessionId: message.sessionId, seq: 2, author: { kind: "bot" } });
    const said = await transcript(client, message.sessionId);
    expect(said.map(({ status }) => status)).toEqual(["complete", "complete"]);
    expect(said[1]).toEqual(reply);
  });

  test("is owed to the person when it had not begun", async () => {
    const visitor = await anonymous(withBot);
    await visitor.page.send("hello");
    const { client } = await visitor.signIn((await person()).token);
    await client.event("message", ({ message }) => message.seq === 2 && message.status === "complete");
  });

  test("is cut off where its conversation is put aside", async () => {
    const visitor = await anonymous(withBot);
    const ada = await connected(withBot);
    const { message } = await visitor.page.send("Tell me how it works");
    await ada.page.send("later");
    await visitor.page.event("reply:delta");
    const { client } = await visitor.signIn(ada.token);
    const [, reply] = await transcript(client, message.sessionId);
    expect(reply).toMatchObject({ status: "interrupted", author: { kind: "bot" } });
  });
});

import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SHARED, type TestGateway, testGateway, testSite, userToken } from "../../testing/testGateway.ts";
import { say, UNKNOWN_ID } from "../../testing/visits.ts";

type Resume = { sessionId: string; rev: number };

let house: TestGateway;
beforeAll(async () => {
  const bot = { kind: "none" } as const;
  house = await testGateway({ site: { bot }, moreSites: [testSite("shared", { ...SHARED, bot })] });
});
afterAll(() => house.close());

test("a new visitor is given a token, and finds no session, no messages and no clock", async () => {
  const ada = await house.connect();
  const snapshot = await ada.open();
  expect(snapshot).toMatchObject({
    user: { kind: "visitor" },
    device: { id: ada.deviceId, label: "Test", active: true },
    lock: { mine: true },
    session: null,
    resumption: { kind: "none" },
    messages: [],
    rev: 0,
    hasMore: false,
    receipts: [],
    deadlines: { warnAt: null, idleAt: null, endAt: null },
    policy: { oneDevice: "ask" },
    site: { id: "demo" },
  });
  expect(snapshot.visitorToken).toEqual(expect.any(String));
});

test("a visitor with a token is the same visitor, finds their session and is given no second token", async () => {
  const ada = await house.connect();
  const { visitorToken, user } = await ada.open();
  const { message } = await ada.send("hello");
  const again = await house.connect({ visitorToken });
  const snapshot = await again.open();
  expect(snapshot).toMatchObject({
    user,
    session: { id: message.sessionId, state: "open" },
    resumption: { kind: "restored" },
  });
  expect(snapshot.messages).toEqual([message]);
  expect(snapshot.reset).toBe(true);
});

test("a person with a user token is the same person on every device, with the name the site gave", async () => {
  const token = await userToken("ada", { name: "Ada" });
  const [phone, laptop] = await Promise.all([house.connect({ userToken: token }), house.connect({ userToken: token })]);
  const [one, two] = await Promise.all([phone.open(), laptop.open()]);
  expect(one.user).toMatchObject({ kind: "identified", externalId: "ada", name: "Ada" });
  expect(two.user).toEqual(one.user);
  expect(one.visitorToken).toBeUndefined();
  // Both open at once, and one of them may write; the other is told which.
  const mine = [one, two].filter(({ lock, device }) => lock.mine && device.active);
  expect(mine.length).toBe(1);
  expect([one.lock, two.lock].map(({ holder }) => holder?.deviceId)).toEqual([mine[0]?.device.id, mine[0]?.device.id]);
});

test("where devices are shared everyone's is active, also one that does not claim", async () => {
  const auth = { site: "shared", userToken: await userToken("ada", {}, "shared") };
  const [phone, laptop] = [await house.connect(auth), await house.connect(auth)];
  for (const { lock, device } of [await phone.open(), await laptop.open({ claim: false })]) {
    expect([lock.mine, lock.holder, device.active]).toEqual([true, null, true]);
  }
  expect([(await phone.send("one")).message.seq, (await laptop.send("two")).message.seq]).toEqual([1, 2]);
});

test("the same name at another site is another person", async () => {
  const more = await testGateway({ moreSites: [testSite("other")] });
  const here = await more.connect({ userToken: await userToken("ada") });
  const there = await more.connect({ site: "other", userToken: await userToken("ada", {}, "other") });
  const [one, two] = [await here.open(), await there.open()];
  expect(one.user.id).not.toBe(two.user.id);
  expect(two.site.id).toBe("other");
  await more.close();
});

test("asking to open twice at once makes one visitor", async () => {
  const ada = await house.connect();
  const [one, two] = await Promise.all([ada.open(), ada.open()]);
  expect(two.user.id).toBe(one.user.id);
  expect(two.visitorToken).toBe(one.visitorToken);
});

test("a page that does not claim stays passive though nobody holds the chat; its person's first word takes it", async () => {
  const ada = await house.connect();
  const { lock, device } = await ada.open({ claim: false });
  expect([lock.mine, lock.holder, device.active]).toEqual([false, null, false]);
  await ada.send("hello");
  expect((await ada.open()).lock.mine).toBe(true);
});

describe("someone who comes back and tells what they hold", () => {
  test("is told only what changed since, by rev, each message once in its last form", async () => {
    const ada = await house.connect();
    const { visitorToken } = await ada.open();
    const [first, second, third] = await say(ada, 3);
    if (!first || !second || !third) throw new Error("three were said");
    const edited = await ada.ask("message:edit", { messageId: first.id, text: "edited" });
    const back = await house.connect({ visitorToken });
    const snapshot = await back.open({ resume: { sessionId: first.sessionId, rev: second.rev } });
    expect(snapshot).toMatchObject({ reset: false, rev: edited.rev });
    expect(snapshot.messages).toEqual([third, edited.message]);
  });

  test("is told nothing when they hold it all", async () => {
    const ada = await house.visit();
    const { message, rev } = await ada.send("hello");
    const snapshot = await ada.open({ resume: { sessionId: message.sessionId, rev } });
    expect(snapshot).toMatchObject({ reset: false, messages: [], rev });
  });

  test.each<[string, (own: Resume, foreign: string) => Resume]>([
    ["a rev above the head", ({ sessionId, rev }) => ({ sessionId, rev: rev + 1 })],
    ["a session nobody knows", ({ rev }) => ({ sessionId: UNKNOWN_ID, rev })],
    ["a session of somebody else", ({ rev }, foreign) => ({ sessionId: foreign, rev })],
  ])("is shown everything anew for %s, and never refused", async (_what, resume) => {
    const [ada, eve] = [await house.visit(), await house.visit()];
    const foreign = (await eve.send("mine")).message.sessionId;
    const { message, rev } = await ada.send("hello");
    const snapshot = await ada.open({ resume: resume({ sessionId: message.sessionId, rev }, foreign) });
    expect(snapshot).toMatchObject({ reset: true, session: { id: message.sessionId }, messages: [message], rev });
  });

  test("is shown the last 50 and that there are more when more than 200 messages changed", async () => {
    const ada = await house.visit();
    const messages = await say(ada, 202);
    const sessionId = messages[0]?.sessionId ?? "";
    const all = await ada.open({ resume: { sessionId, rev: 1 } });
    expect(all).toMatchObject({ reset: true, hasMore: true, rev: 202 });
    expect(all.messages.map((m) => m.seq)).toEqual(Array.from({ length: 50 }, (_, i) => 153 + i));
    const some = await ada.open({ resume: { sessionId, rev: 2 } });
    expect([some.reset, some.messages.length]).toEqual([false, 200]);
  });
});

test("after the end the session is gone from the Snapshot and told as the previous one", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("hello");
  const { session } = await ada.ask("session:close", {});
  const snapshot = await ada.open({ resume: { sessionId: message.sessionId, rev: 1 } });
  expect(snapshot).toMatchObject({ session: null, messages: [], rev: 0, reset: true, hasMore: false });
  expect(snapshot.deadlines).toEqual({ warnAt: null, idleAt: null, endAt: null });
  expect(snapshot.resumption).toMatchObject({
    kind: "primed",
    previous: { sessionId: session.id, endedAt: session.endedAt, unresolved: [] },
  });
  // An anonymous visitor's is neutral: whoever holds the cookie learns nothing of what was said.
  expect(snapshot.resumption.previous).not.toHaveProperty("topic");
  expect(snapshot.resumption.previous).not.toHaveProperty("summary");
});

test("a Snapshot's messages stay below 200 KB, and hasMore tells of the rest", async () => {
  const ada = await house.visit();
  await say(ada, 30, (i) => `${i}`.padEnd(8_000, "x"));
  const snapshot = await ada.open();
  expect(JSON.stringify(snapshot.messages).length).toBeLessThanOrEqual(200_000);
  expect(snapshot.hasMore).toBe(true);
  expect(snapshot.messages.at(-1)?.seq).toBe(30);
  expect(snapshot.messages.length).toBeGreaterThan(15);
});

test("text that grows in JSON does not make a Snapshot larger than 200 KB", async () => {
  const ada = await house.visit();
  // Six bytes each once escaped.
  await say(ada, 12, (i) => `${i}${"\u0001".repeat(7_900)}`);
  const snapshot = await ada.open();
  expect(Buffer.byteLength(JSON.stringify(snapshot.messages))).toBeLessThanOrEqual(200_000);
  expect(snapshot.hasMore).toBe(true);
});

test("a device id of one user means nothing for another", async () => {
  const device = { id: nanoid(), label: "shared" };
  const ada = await house.connect({ device });
  const bob = await house.connect({ device });
  expect((await ada.open()).user.id).not.toBe((await bob.open()).user.id);
});

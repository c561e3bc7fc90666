import type { Message } from "@baton/shared/visitor/shapes";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../../testing/testClient.ts";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";
import { say, UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
let ada: TestClient;
let sessionId: string;
let messages: Message[];
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } } });
  ada = await house.visit();
  messages = await say(ada, 120);
  sessionId = messages[0]?.sessionId ?? "";
});
afterAll(() => house.close());

test.each<[string, { beforeSeq?: number; limit?: number }, number, number]>([
  ["the newest 50 when nothing is said", {}, 71, 120],
  ["so many as asked for", { limit: 3 }, 118, 120],
  ["at most 100", { limit: 100 }, 21, 120],
  ["those before a place", { beforeSeq: 71 }, 21, 70],
  ["those before a place, so many as asked for", { beforeSeq: 71, limit: 1 }, 70, 70],
  ["the first ones, and no more before them", { beforeSeq: 11 }, 1, 10],
  ["everything when asked for more than there is", { beforeSeq: 51, limit: 100 }, 1, 50],
  ["the newest for a place beyond the end", { beforeSeq: 2_000_000_000, limit: 2 }, 119, 120],
])("a page of history holds %s, ascending", async (_what, asked, from, to) => {
  const page = await ada.ask("history:page", { sessionId, ...asked });
  expect(page.messages).toEqual(messages.slice(from - 1, to));
  expect(page.hasMore).toBe(from > 1);
});

test.each([0, 1])("nothing is before seq 1 (asked: before %i)", async (beforeSeq) => {
  expect(await ada.ask("history:page", { sessionId, beforeSeq })).toEqual({ messages: [], hasMore: false });
});

test("a page stays below 200 KB; paging on shows everything once", async () => {
  const bob = await house.visit();
  const said = await say(bob, 60, (i) => `${i} `.padEnd(6_000, i % 2 ? "\u20ac" : "\u0001"));
  const of = said[0]?.sessionId ?? "";
  const seen: Message[] = [];
  for (let hasMore = true; hasMore; ) {
    const before = seen[0] ? { beforeSeq: seen[0].seq } : {};
    const page = await bob.ask("history:page", { sessionId: of, limit: 100, ...before });
    expect(Buffer.byteLength(JSON.stringify(page.messages))).toBeLessThanOrEqual(200_000);
    expect(page.messages.length).toBeGreaterThan(0);
    seen.unshift(...page.messages);
    hasMore = page.hasMore;
  }
  expect(seen).toEqual(said);
});

test("an ended session can still be read", async () => {
  const bob = await house.visit();
  const { message } = await bob.send("hello");
  await bob.ask("session:close", {});
  expect(await bob.ask("history:page", { sessionId: message.sessionId })).toEqual({
    messages: [message],
    hasMore: false,
  });
});

test("a session nobody knows is not found, as a page and as the last one seen", async () => {
  expect(await ada.refusal("history:page", { sessionId: UNKNOWN_ID })).toMatchObject({ code: "not_found" });
  expect(await ada.refusal("history:sessions", { before: UNKNOWN_ID })).toMatchObject({ code: "not_found" });
});

test("a new visitor has no sessions", async () => {
  const bob = await house.visit();
  expect(await bob.ask("history:sessions", {})).toEqual({ sessions: [], hasMore: false });
});

test("sessions come newest first, with how many messages and the last of them, page after page", async () => {
  const bob = await house.visit();
  const last: Message[] = [];
  for (let i = 0; i < 5; i++) {
    const said = await say(bob, i + 1);
    last.unshift(...said.slice(-1));
    if (i < 4) await bob.ask("session:close", {});
  }
  const { sessions, hasMore } = await bob.ask("history:sessions", {});
  expect(hasMore).toBe(false);
  expect(sessions.map((s) => [s.id, s.state, s.messageCount])).toEqual(
    last.map((m, i) => [m.sessionId, i === 0 ? "open" : "ended", 5 - i]),
  );
  expect(sessions.map((s) => s.lastMessage)).toEqual(
    last.map(({ text, author, createdAt }) => ({ text, author, createdAt })),
  );
  const first = await bob.ask("history:sessions", { limit: 2 });
  expect(first).toEqual({ sessions: sessions.slice(0, 2), hasMore: true });
  const second = await bob.ask("history:sessions", { limit: 2, before: first.sessions[1]?.id });
  expect(second).toEqual({ sessions: sessions.slice(2, 4), hasMore: true });
  const third = await bob.ask("history:sessions", { limit: 2, before: second.sessions[1]?.id });
  expect(third).toEqual({ sessions: sessions.slice(4), hasMore: false });
});

test("a page of sessions with long last messages stays below 200 KB", async () => {
  const bob = await house.visit();
  for (let i = 0; i < 30; i++) {
    await bob.send("\u0001".repeat(7_900));
    await bob.ask("session:close", {});
  }
  const page = await bob.ask("history:sessions", { limit: 100 });
  expect(Buffer.byteLength(JSON.stringify(page.sessions))).toBeLessThanOrEqual(200_000);
  expect([page.hasMore, page.sessions.length > 1]).toEqual([true, true]);
});

/** Whatever ends a session ends what was being written in it, in the same commit. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { demoBot } from "../bot/demoBot.ts";
import { holdTurns } from "../bot/heldTurns.fixture.ts";
import { advance, latch } from "../device-lock/devices.fixture.ts";
import type { TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { askBot } from "../testing/visits.ts";
import { databaseNow, expectToldAsWritten, HOUR, MINUTE, rowOf, standingClock } from "./silence.fixture.ts";

let house: TestGateway;
let clock: Awaited<ReturnType<typeof standingClock>>;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true } });
  clock = await standingClock(house.sql);
});
afterAll(() => house.close());

const { answer } = demoBot;

/** A visitor in the middle of an answer that has no end of its own. */
async function amidAnAnswer() {
  vi.spyOn(demoBot, "answer").mockImplementation(async function* (turn, signal) {
    if (turn.messages.at(-1)?.text !== "how does it work?") return yield* answer(turn, signal);
    for (;;) {
      yield { kind: "text", text: "and so on " };
      await sleep(25, undefined, { signal });
    }
  });
  const client = await house.visit();
  const { message: question } = await client.send("how does it work?");
  const { message: reply } = await client.event("message", ({ message }) => message.status === "streaming");
  return { client, sessionId: question.sessionId, replyId: reply.id };
}

const since = (client: TestClient) => (from: number) => client.heard.slice(from);

/** The rows that one commit wrote last carry one transaction's id. */
async function commitsOf(sessionId: string): Promise<unknown[]> {
  return house.sql`
    SELECT 'session' AS what, state, xmin::text FROM sessions WHERE id = ${sessionId}
    UNION ALL SELECT 'reply', status, xmin::text FROM messages WHERE session_id = ${sessionId} AND author_kind = 'bot'
    UNION ALL SELECT 'turn', state, xmin::text FROM turns WHERE session_id = ${sessionId}
    ORDER BY what`;
}

/** After the end not one more word of it, also while another answer is given. */
async function expectSilence(client: TestClient, replyId: string): Promise<void> {
  const about = () =>
    client.heard.filter(
      ({ event, payload }) =>
        (event === "reply:delta" && payload.messageId === replyId) ||
        (event === "message" && payload.message.id === replyId),
    ).length;
  const before = about();
  await askBot(client, "hello");
  expect(about()).toBe(before);
}

test("time ends it: the reply stays as it was left, its turn is dropped, and all of it is told in order", async () => {
  const { client, sessionId, replyId } = await amidAnAnswer();
  const from = client.heard.length;
  await advance(house, 26 * HOUR);
  const ended = await client.event("session:ended", ({ session }) => session.id === sessionId);
  expect(ended.reason).toBe("timeout");
  const told = since(client)(from).flatMap(({ event, payload }) =>
    "rev" in payload ? [{ event, rev: payload.rev }] : [],
  );
  const first = told[0]?.rev ?? 0;
  expect(told).toEqual([
    { event: "session:idle", rev: first },
    { event: "message", rev: first + 1 },
    { event: "session:ended", rev: first + 2 },
  ]);
  const { message } = await client.event("message", ({ message: m }) => m.id === replyId && m.status === "interrupted");
  expect(message.text.length).toBeGreaterThan(0);
  expect(client.of("session:warning")).toEqual([]);
  const [one, ...others] = await commitsOf(sessionId);
  const { xmin } = one as { xmin: string };
  expect([one, ...others]).toEqual([
    { what: "reply", state: "interrupted", xmin },
    { what: "session", state: "ended", xmin },
    { what: "turn", state: "dropped", xmin },
  ]);
  await expectSilence(client, replyId);
});

test("a message after the end, before anybody wrote it, ends it too and begins anew", async () => {
  const { client, sessionId, replyId } = await amidAnAnswer();
  const { opened_at } = await rowOf(house.sql, sessionId);
  const held = await latch(house.sql, { table: "sessions", of: sessionId });
  await clock.at(Date.parse(opened_at) + 26 * HOUR);
  const from = client.heard.length;
  const sent = await held.queue(() => client.send("still there?")).finally(() => held.open());
  const { message } = await sent.answer;
  await client.event("message", (heard) => heard.message.id === message.id);
  expect(message.sessionId).not.toBe(sessionId);
  const told = since(client)(from).flatMap(({ event, payload }) => {
    if (event === "message") return [`${event} ${payload.message.id === replyId ? payload.message.status : "new"}`];
    return "rev" in payload ? [event] : [];
  });
  expect(told).toEqual(["message interrupted", "session:ended", "session:updated", "message new"]);
  expect(await commitsOf(sessionId)).toMatchObject([
    { state: "interrupted" },
    { state: "ended" },
    { state: "dropped" },
  ]);
  await clock.goOn();
  await advance(house, 26 * HOUR);
  await expectSilence(client, replyId);
});

test.each(["session:start", "session:close"] as const)("%s ends it, and keeps all of its words", async (how) => {
  const { client, sessionId, replyId } = await amidAnAnswer();
  await client.ask(how, { sessionId });
  await client.event("session:ended");
  const shown = client.heard.reduce((text, { event, payload }) => {
    if (event === "message" && payload.message.id === replyId) return payload.message.text;
    if (event === "reply:delta" && payload.messageId === replyId) return text.slice(0, payload.offset) + payload.text;
    return text;
  }, "");
  const { messages } = await client.ask("history:page", { sessionId });
  expect(messages.at(-1)).toMatchObject({ id: replyId, status: "interrupted", text: shown });
  const left =
    await house.sql`SELECT state FROM turns WHERE session_id = ${sessionId} AND state IN ('queued', 'running')`;
  expect(left).toEqual([]);
});

test("a question that nobody has begun to answer is dropped with its session", async () => {
  const client = await house.visit();
  const held = await holdTurns(house.sql);
  const { message } = await client.send("hello?");
  await client.ask("session:start", { sessionId: message.sessionId });
  await held.release();
  expect(await house.sql`SELECT state FROM turns WHERE session_id = ${message.sessionId}`).toEqual([
    { state: "dropped" },
  ]);
});

describe("the fair clock", () => {
  test("stands while the answer is ours, and runs from the answer's end", async () => {
    const client = await house.visit();
    const { message, deadlines } = await client.send("hello");
    expect(deadlines).toEqual({ warnAt: null, idleAt: null, endAt: null });
    const asked = Date.parse((await rowOf(house.sql, message.sessionId)).silent_since);
    await client.event(
      "message",
      (heard) => heard.message.author.kind === "bot" && heard.message.status === "complete",
    );
    const row = await rowOf(house.sql, message.sessionId);
    expect(row.awaiting).toBe("visitor");
    expect(Date.parse(row.silent_since)).toBeGreaterThan(asked);
    const synced = await client.ask("sync", { sessionId: message.sessionId, rev: 0 });
    await expectToldAsWritten(house.sql, message.sessionId, synced.deadlines);
    expect(Date.parse(synced.deadlines.idleAt ?? "")).toBe(Date.parse(row.silent_since) + 30 * MINUTE);
  });

  test.each(["queued", "running"] as const)("stands for hours while a turn is %s elsewhere", async (state) => {
    const client = await house.visit();
    const held = await holdTurns(house.sql);
    const { message } = await client.send("hello");
    const year = 365 * 24 * HOUR;
    const now = await databaseNow(house.sql);
    // Another node has it, or its burst has no end.
    await house.sql`
      UPDATE turns SET state = ${state}, attempt = 1, ready_at = to_timestamp(${now + year}::float8 / 1000),
        lease_until = to_timestamp(${now + year}::float8 / 1000) WHERE session_id = ${message.sessionId}`;
    await held.release();
    await advance(house, 23 * HOUR);
    await client.ask("session:keepalive", {});
    expect(client.of("session:warning")).toEqual([]);
    expect(await rowOf(house.sql, message.sessionId)).toMatchObject({ state: "open", awaiting: "us" });
    await advance(house, HOUR);
    await client.event("session:idle");
    expect(client.of("session:warning")).toEqual([]);
    // What rests may still be answered; the answer reopens nothing.
    await house.sql`UPDATE turns SET state = 'running', lease_until = baton_now() WHERE session_id = ${message.sessionId}`;
    await client.event(
      "message",
      (heard) => heard.message.author.kind === "bot" && heard.message.status === "complete",
    );
    expect(await rowOf(house.sql, message.sessionId)).toMatchObject({ state: "idle", awaiting: "visitor" });
    expect((await client.ask("session:resume", { sessionId: message.sessionId })).session?.state).toBe("open");
    await advance(house, 29 * MINUTE);
    expect(client.of("session:warning")).toHaveLength(1);
  });

  test("a reply that was stopped was an answer: from then on it is the visitor's turn", async () => {
    const { client, sessionId, replyId } = await amidAnAnswer();
    await client.ask("reply:stop", { messageId: replyId });
    await expect.poll(async () => (await rowOf(house.sql, sessionId)).awaiting).toBe("visitor");
    await advance(house, 29 * MINUTE);
    expect(client.of("session:warning")).toHaveLength(1);
  });
});

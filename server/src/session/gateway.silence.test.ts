import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { advance } from "../device-lock/devices.fixture.ts";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { answer, answeredVisitor, databaseNow, expectToldAsWritten, HOUR, MINUTE, rowOf } from "./silence.fixture.ts";

const SECOND = 1_000;
let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

const events = (client: TestClient) =>
  client.heard.map(({ event }) => event).filter((event) => /^session:(warning|active|idle|ended)$/.test(event));

test("somebody who falls silent is warned once, two minutes ahead; then the chat rests; then it ends", async () => {
  const { client, sessionId, messageId, token, silentSince } = await answeredVisitor(house);
  const secondTab = await house.visit({ visitorToken: token, device: { id: client.deviceId, label: "Test" } });
  const phone = await house.visit({ visitorToken: token, device: newDevice("Phone") });
  const closesAt = new Date(silentSince + 30 * MINUTE).toISOString();

  await advance(house, 28 * MINUTE - 10 * SECOND);
  expect(events(client)).toEqual([]);
  await advance(house, 10 * SECOND);
  const warning = await client.event("session:warning");
  expect(warning).toMatchObject({ sessionId, closesAt });
  expect(warning.remainingMs).toBeLessThanOrEqual(2 * MINUTE);
  expect(warning.remainingMs).toBeGreaterThan(2 * MINUTE - 10 * SECOND);
  await advance(house, 110 * SECOND);
  expect(events(client)).toEqual(["session:warning"]);

  const { rev } = await rowOf(house.sql, sessionId);
  await advance(house, 10 * SECOND);
  const idle = await client.event("session:idle");
  expect(idle).toMatchObject({
    at: closesAt,
    resumableUntil: new Date(silentSince + 2 * HOUR).toISOString(),
    rev: rev + 1,
    session: { id: sessionId, state: "idle", rev: rev + 1 },
  });
  await expectToldAsWritten(house.sql, sessionId, { warnAt: null, idleAt: null, endAt: idle.resumableUntil });

  await advance(house, 90 * MINUTE - 10 * SECOND);
  expect(events(client)).toEqual(["session:warning", "session:idle"]);
  await advance(house, 10 * SECOND);
  const ended = await client.event("session:ended");
  expect(ended).toMatchObject({
    reason: "timeout",
    rev: rev + 2,
    session: { id: sessionId, state: "ended", endReason: "timeout", endedAt: idle.resumableUntil },
  });
  await advance(house, 24 * HOUR);
  for (const device of [client, secondTab, phone]) {
    expect(events(device)).toEqual(["session:warning", "session:idle", "session:ended"]);
  }
  const synced = await client.ask("sync", { sessionId, rev: 0 });
  expect(synced.deadlines).toEqual({ warnAt: null, idleAt: null, endAt: null });
  expect((await client.refusal("message:edit", { messageId, text: "late" })).code).toBe("session_ended");
});

describe("while the warning stands", () => {
  const signs: Record<string, (client: TestClient, of: { messageId: string; token: string }) => Promise<unknown>> = {
    "a message": (client) => client.send("still here"),
    "a keepalive": (client) => client.ask("session:keepalive", {}),
    typing: (client) => client.ask("typing:set", { typing: true }),
    "a draft": (client) => client.ask("draft:set", { text: "I am…" }),
    "an edit": (client, { messageId }) => client.ask("message:edit", { messageId, text: "hello!" }),
    "a takeover": async (_client, { token }) => {
      const phone = await house.visit({ visitorToken: token, device: newDevice("Phone") });
      await phone.ask("session:takeover", {});
    },
  };

  test.each(Object.keys(signs))("%s ends it, and everybody is told until when", async (sign) => {
    const { client, sessionId, messageId, token } = await answeredVisitor(house);
    await advance(house, 29 * MINUTE);
    await client.event("session:warning");
    await signs[sign]?.(client, { messageId, token });
    const active = await client.event("session:active");
    expect(active.sessionId).toBe(sessionId);
    await expectToldAsWritten(house.sql, sessionId, active.deadlines);
    expect(await rowOf(house.sql, sessionId)).toMatchObject({ warned: false, state: "open" });
    if (sign === "a message") return;
    const silentSince = Date.parse((await rowOf(house.sql, sessionId)).silent_since);
    expect((await databaseNow(house.sql)) - silentSince).toBeLessThan(5 * SECOND);

    await advance(house, 29 * MINUTE);
    expect(events(client)).toEqual(["session:warning", "session:active", "session:warning"]);
  });

  test("neither opening, nor reading, nor looking at what is old is a sign of life", async () => {
    const { client, sessionId, token } = await answeredVisitor(house);
    await advance(house, 29 * MINUTE);
    const before = await rowOf(house.sql, sessionId);
    const tab = await house.connect({ visitorToken: token, device: { id: client.deviceId, label: "Test" } });
    const { deadlines } = await tab.open();
    await expectToldAsWritten(house.sql, sessionId, deadlines);
    expect(Date.parse(deadlines.warnAt ?? "")).toBeLessThan(Date.parse(deadlines.idleAt ?? ""));
    await tab.ask("receipt:read", { sessionId, seq: 1 });
    await tab.ask("history:page", { sessionId });
    await tab.ask("sync", { sessionId, rev: 0 });
    await tab.ask("typing:set", { typing: false });
    expect(await rowOf(house.sql, sessionId)).toEqual(before);
    expect(events(client)).toEqual(["session:warning"]);
  });
});

test("typing restarts the clock, written at most once in 30 s, and at once while warned", async () => {
  const { client, sessionId } = await answeredVisitor(house);
  const silentSince = async () => (await rowOf(house.sql, sessionId)).silent_since;
  const type = () => client.ask("typing:set", { typing: true });
  const first = await silentSince();
  await type();
  await client.ask("draft:set", { text: "a" });
  expect(await silentSince()).toBe(first);
  await advance(house, 31 * SECOND);
  await Promise.all([type(), type(), client.ask("draft:set", { text: "ab" })]);
  const second = await silentSince();
  expect(Date.parse(second)).toBeGreaterThanOrEqual(Date.parse(first) + 31 * SECOND);
  await advance(house, 20 * SECOND);
  await type();
  expect(await silentSince()).toBe(second);
  await advance(house, 29 * MINUTE);
  await type();
  const warned = await silentSince();
  expect(Date.parse(warned)).toBeGreaterThan(Date.parse(second) + 29 * MINUTE);
  await type();
  expect(await silentSince()).toBe(warned);
});

test("who writes every few minutes is never warned, for hours", async () => {
  const { client, sessionId } = await answeredVisitor(house);
  for (let i = 0; i < 10; i++) {
    await advance(house, 27 * MINUTE);
    const { deadlines } = await client.send(`${i}`);
    await expectToldAsWritten(house.sql, sessionId, deadlines);
    await answer(house.sql, sessionId);
  }
  expect(events(client)).toEqual([]);
  const { deadlines } = await client.ask("session:keepalive", {});
  await expectToldAsWritten(house.sql, sessionId, deadlines);
  expect((await client.ask("sync", { sessionId, rev: 0 })).deadlines).toEqual(deadlines);
});

describe("a talk that has run for as long as one may", () => {
  test("rests without a warning, also amid lively signs of life, goes on when resumed, and does not loop", async () => {
    const { client, sessionId } = await answeredVisitor(house);
    const { opened_at } = await rowOf(house.sql, sessionId);
    await advance(house, 10 * MINUTE);
    for (let hours = 0; hours < 23.5; hours += 0.4) {
      await client.ask("session:keepalive", {});
      await advance(house, 0.4 * HOUR);
    }
    await client.ask("session:keepalive", {});
    expect(events(client)).toEqual([]);
    await advance(house, 20 * MINUTE);
    expect(events(client)).toEqual(["session:idle"]);
    const idle = await client.event("session:idle");
    expect(Date.parse(idle.at)).toBe(Date.parse(opened_at) + 24 * HOUR);
    expect(Date.parse(idle.resumableUntil)).toBe(Date.parse(idle.at) + 90 * MINUTE);

    const { deadlines, session } = await client.ask("session:resume", { sessionId });
    expect(session).toMatchObject({ id: sessionId, state: "open" });
    await expectToldAsWritten(house.sql, sessionId, deadlines);
    const runsUntil = Date.parse((await rowOf(house.sql, sessionId)).runs_until ?? "");
    expect(runsUntil).toBeGreaterThan(Date.parse(idle.at) + 24 * HOUR);
    await advance(house, 27 * MINUTE);
    expect(events(client)).toEqual(["session:idle"]);
    expect(await rowOf(house.sql, sessionId)).toMatchObject({ state: "open" });
  });
});

describe("while the answer is ours", () => {
  test("nobody is warned in a queue, however long; after a day it rests without a warning, and ends", async () => {
    const client = await house.visit();
    const { message, deadlines } = await client.send("is anybody there?");
    expect(deadlines).toEqual({ warnAt: null, idleAt: null, endAt: null });
    await expectToldAsWritten(house.sql, message.sessionId, deadlines);
    expect((await client.ask("session:keepalive", {})).deadlines).toEqual(deadlines);
    await advance(house, 24 * HOUR - 10 * SECOND);
    expect(events(client)).toEqual([]);
    await advance(house, 10 * SECOND);
    expect(events(client)).toEqual(["session:idle"]);

    // Continued, it still waits for a person, for another day.
    await client.ask("session:resume", { sessionId: message.sessionId });
    await advance(house, 23 * HOUR);
    expect(events(client)).toEqual(["session:idle"]);
    await advance(house, HOUR);
    expect(events(client)).toEqual(["session:idle", "session:idle"]);
    await advance(house, 90 * MINUTE);
    expect(events(client)).toEqual(["session:idle", "session:idle", "session:ended"]);
    expect(await rowOf(house.sql, message.sessionId)).toMatchObject({ state: "ended", queued_at: null });
  });
});

test.each([
  ["strict", 28 * MINUTE, 30 * MINUTE, undefined],
  ["concierge", 4 * HOUR - 10 * MINUTE, 4 * HOUR, 7 * 24 * HOUR],
] as const)("the preset %s keeps its own times", async (preset, warnMs, quietMs, endMs) => {
  const policy = PRESETS[preset];
  const own = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" }, policy } });
  try {
    const { client, sessionId, silentSince } = await answeredVisitor(own, policy);
    await advance(own, warnMs);
    expect(events(client)).toEqual(["session:warning"]);
    await advance(own, quietMs - warnMs);
    // Where idle and end are one moment, nobody is told of a rest that nobody can end.
    expect(events(client)).toEqual(["session:warning", endMs ? "session:idle" : "session:ended"]);
    if (endMs) await advance(own, endMs - quietMs);
    const { session } = await client.event("session:ended");
    expect(Date.parse(session.endedAt ?? "")).toBe(silentSince + (endMs ?? quietMs));
    const { resumption } = await client.open();
    expect(resumption).toMatchObject({ kind: endMs ? "primed" : "fresh", previous: { sessionId } });
  } finally {
    await own.close();
  }
});

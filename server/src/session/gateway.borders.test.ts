/** The clock of the database stands at the border, 1 ms before it or 1 ms after: what a visitor does there. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { advance, eventually } from "../device-lock/devices.fixture.ts";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { insertMany } from "./manySessions.fixture.ts";
import { answeredVisitor, DAY, expectToldAsWritten, HOUR, MINUTE, rowOf, standingClock } from "./silence.fixture.ts";
import { buildWall, isAtWall, standWall } from "./wall.fixture.ts";

let house: TestGateway;
let clock: Awaited<ReturnType<typeof standingClock>>;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" } } });
  clock = await standingClock(house.sql);
  await buildWall(house.sql, { like: "wall-%" });
});
afterEach(() => clock.goOn());
afterAll(() => house.close());

const IDLE = 30 * MINUTE;
const END = 2 * HOUR;
const BORDERS = [
  { border: "idle", ms: -1, at: IDLE - 1, state: "open" },
  { border: "idle", ms: 0, at: IDLE, state: "idle" },
  { border: "idle", ms: 1, at: IDLE + 1, state: "idle" },
  { border: "end", ms: -1, at: END - 1, state: "idle" },
  { border: "end", ms: 0, at: END, state: "ended" },
  { border: "end", ms: 1, at: END + 1, state: "ended" },
] as const;

let walls = 0;

type Met = Awaited<ReturnType<typeof answeredVisitor>>;

/** A visitor's command at that moment: met by the loop before, or not. */
async function at<T>(met: Met, ms: number, seen: boolean, act: () => Promise<T>): Promise<T> {
  const { sql } = house;
  const now = met.silentSince + ms;
  if (seen) {
    await clock.at(now);
    // The loop looks now.
    await advance(house, 0);
    return act();
  }
  // The loop stands before something else that is due.
  const wall = await standWall(sql);
  try {
    walls += 1;
    await insertMany(sql, { count: 1, policy: PRESETS.support, dueInMs: -1, prefix: `wall-${walls}-` });
    await eventually(async () => ((await isAtWall(sql)) ? true : undefined), "the loop should stand there");
    await clock.at(now);
    return await act();
  } finally {
    await wall.fall();
  }
}

const told = (client: TestClient) =>
  client.heard
    .map(({ event }) => event)
    .filter((event) => /^session:(idle|ended|updated|active|warning)$|^message$/.test(event));

describe.each([
  { seen: true, how: "after the loop came by" },
  { seen: false, how: "before the loop comes by" },
])("$how", ({ seen }) => {
  describe.each(BORDERS)("$ms ms from the border to $border", ({ at: ms, state }) => {
    const now = ({ silentSince }: Met) => silentSince + ms;

    test("a message goes on with what can go on, and begins anew after the end", async () => {
      const met = await answeredVisitor(house);
      const { client, sessionId } = met;
      const { rev } = await rowOf(house.sql, sessionId);
      client.heard.length = 0;
      const { message, deadlines } = await at(met, ms, seen, () => client.send("I am back"));
      await client.event("message");
      await expectToldAsWritten(house.sql, message.sessionId, deadlines);
      if (state === "ended") {
        expect(message).toMatchObject({ seq: 1, rev: 1 });
        expect(await rowOf(house.sql, sessionId)).toMatchObject({
          state: "ended",
          end_reason: "timeout",
          rev: expect.any(Number),
        });
        expect(Date.parse((await rowOf(house.sql, sessionId)).ended_at ?? "")).toBe(met.silentSince + END);
        expect(await rowOf(house.sql, message.sessionId)).toMatchObject({ state: "open", resumed_from: sessionId });
        if (!seen) expect(told(client)).toEqual(["session:ended", "session:updated", "message"]);
        return;
      }
      expect(message).toMatchObject({ sessionId, seq: 2 });
      const row = await rowOf(house.sql, sessionId);
      expect(row).toMatchObject({ state: "open", awaiting: "us" });
      expect(Date.parse(row.runs_until ?? "")).toBe(
        state === "idle" ? now(met) + DAY : Date.parse(row.opened_at) + DAY,
      );
      if (seen) return;
      expect(told(client)).toEqual(state === "idle" ? ["session:updated", "message"] : ["message"]);
      // Nothing took a rev that nobody was told of.
      expect(message.rev).toBe(rev + (state === "idle" ? 2 : 1));
    });

    test("a message for this very session is refused after its end, and may be sent again without it", async () => {
      const met = await answeredVisitor(house);
      const { client, sessionId } = met;
      const sent = { clientId: `c-${sessionId}`, text: "to this one", sessionId };
      const answer = await at(met, ms, seen, () => client.raw("message:send", sent));
      if (state !== "ended")
        return expect(answer).toMatchObject({ ok: true, data: { message: { sessionId, seq: 2 } } });
      expect(answer).toMatchObject({ ok: false, error: { code: "session_ended", retryable: false } });
      const { message } = await client.ask("message:send", { clientId: sent.clientId, text: sent.text });
      expect(message).toMatchObject({ seq: 1, clientId: sent.clientId });
      expect(message.sessionId).not.toBe(sessionId);
    });

    test("«I'm still here» keeps or reopens what can go on", async () => {
      const met = await answeredVisitor(house);
      const { client, sessionId } = met;
      const answer = await at(met, ms, seen, () => client.raw("session:keepalive", {}));
      if (state === "ended") return expect(answer).toMatchObject({ ok: false, error: { code: "no_session" } });
      const data = answer.ok ? (answer.data as { deadlines: never }) : undefined;
      await expectToldAsWritten(house.sql, sessionId, (data ?? { deadlines: {} as never }).deadlines);
      const row = await rowOf(house.sql, sessionId);
      expect(row).toMatchObject({ state: "open", awaiting: "visitor", warned: false });
      expect(Date.parse(row.silent_since)).toBe(now(met));
    });

    test("«Continue» reopens what can go on", async () => {
      const met = await answeredVisitor(house);
      const { client, sessionId } = met;
      const answer = await at(met, ms, seen, () => client.raw("session:resume", { sessionId }));
      if (state === "ended") return expect(answer).toMatchObject({ ok: false, error: { code: "session_ended" } });
      expect(answer).toMatchObject({ ok: true, data: { session: { id: sessionId, state: "open" } } });
      expect(await rowOf(house.sql, sessionId)).toMatchObject({ state: "open", awaiting: "visitor" });
    });

    test("typing, a draft, an edit and another device reopen nothing", async () => {
      const met = await answeredVisitor(house);
      const { client, sessionId, messageId, token } = met;
      const phone = await house.connect({ visitorToken: token, device: newDevice("Phone") });
      await phone.open();
      const edit = await at(met, ms, seen, () => client.raw("message:edit", { messageId, text: "hello?" }));
      await client.ask("draft:set", { text: "I am" });
      await client.ask("typing:set", { typing: true });
      await phone.ask("session:takeover", {});
      const snapshot = await phone.open();
      const row = await rowOf(house.sql, sessionId);
      if (edit.ok) expect(row.state).toBe(state);
      if (state === "ended") {
        // A refusal writes nothing: the loop, or whoever opens, writes the end.
        expect(edit).toMatchObject({ ok: false, error: { code: "session_ended" } });
        expect(snapshot.session).toBeNull();
        expect(Date.parse(row.ended_at ?? "")).toBe(met.silentSince + END);
        return;
      }
      expect(edit.ok).toBe(true);
      expect(snapshot.session).toMatchObject({ id: sessionId, state });
      expect(snapshot.resumption.kind).toBe(state === "idle" ? "offer" : "restored");
      if (state === "idle") expect(Date.parse(snapshot.deadlines.endAt ?? "")).toBe(met.silentSince + END);
      await expectToldAsWritten(house.sql, sessionId, snapshot.deadlines);
    });
  });
});

test("whoever opens finds what is due, though nobody has written it yet, and all are told in order", async () => {
  const met = await answeredVisitor(house);
  const { client, sessionId, token } = met;
  const { rev } = await rowOf(house.sql, sessionId);
  const tab = await house.connect({ visitorToken: token, device: { id: client.deviceId, label: "Test" } });
  client.heard.length = 0;
  const found = await at(met, IDLE, false, () => tab.open());
  expect(found).toMatchObject({
    session: { id: sessionId, state: "idle", rev: rev + 1 },
    resumption: { kind: "offer" },
  });
  expect((await client.event("session:idle")).rev).toBe(rev + 1);
  expect(told(client)).toEqual(["session:idle"]);
});

test("an edit at the very moment of the rest is told after it, each with the next rev", async () => {
  const met = await answeredVisitor(house);
  const { client, sessionId, messageId } = met;
  const { rev } = await rowOf(house.sql, sessionId);
  client.heard.length = 0;
  await at(met, IDLE, false, () => client.ask("message:edit", { messageId, text: "hello!" }));
  await client.event("message");
  expect(client.heard.flatMap(({ event, payload }) => ("rev" in payload ? [[event, payload.rev]] : []))).toEqual([
    ["session:idle", rev + 1],
    ["message", rev + 2],
  ]);
});

test("a key that is known is answered with its first message after the end too, also when its session is named", async () => {
  const met = await answeredVisitor(house);
  const { client, sessionId } = met;
  const { message } = await client.send("once", { clientId: "known" });
  await clock.at(met.silentSince + 60 * DAY);
  expect((await client.send("once", { clientId: "known" })).message.id).toBe(message.id);
  expect((await client.send("once", { clientId: "known", sessionId })).message.id).toBe(message.id);
});

/** What a visitor finds who comes back, and what their answer does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { advance, person } from "../device-lock/devices.fixture.ts";
import { newDevice } from "../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, testGateway, testSite } from "../testing/testGateway.ts";
import { UNKNOWN_ID } from "../testing/visits.ts";
import { answeredVisitor, DAY, expectToldAsWritten, HOUR, MINUTE, rowOf } from "./silence.fixture.ts";

const NO_CLOCK = { warnAt: null, idleAt: null, endAt: null };
const options = { config: { testClock: true }, site: { bot: { kind: "none" as const } } };
let house: TestGateway;
beforeAll(async () => {
  house = await testGateway(options);
});
afterAll(() => house.close());

const EMPTY = { session: null, messages: [], rev: 0, reset: true, deadlines: NO_CLOCK, receipts: [] };

describe("who opens finds", () => {
  test("nothing, who is new", async () => {
    const client = await house.connect();
    expect(await client.open()).toMatchObject({ ...EMPTY, resumption: { kind: "none" } });
  });

  test("the session as it is while it is open", async () => {
    const { client, sessionId } = await answeredVisitor(house);
    await advance(house, 29 * MINUTE);
    const found = await client.open();
    expect(found).toMatchObject({ session: { id: sessionId, state: "open" }, resumption: { kind: "restored" } });
    expect(found.resumption.greeting).toBeUndefined();
    await expectToldAsWritten(house.sql, sessionId, found.deadlines);
  });

  test("an offer while it rests, with its messages, the same each time, until they answer", async () => {
    const { client, sessionId, messageId, token } = await answeredVisitor(house);
    await advance(house, HOUR);
    const found = await client.open();
    expect(found).toMatchObject({
      session: { id: sessionId, state: "idle" },
      messages: [{ id: messageId }],
      resumption: { kind: "offer", greeting: expect.any(String) },
    });
    await expectToldAsWritten(house.sql, sessionId, found.deadlines);
    const row = await rowOf(house.sql, sessionId);

    const phone = await house.connect({ visitorToken: token, device: newDevice("Phone") });
    await phone.open();
    await phone.ask("session:takeover", {});
    await phone.ask("typing:set", { typing: true });
    await phone.ask("draft:set", { text: "hm" });
    await phone.ask("receipt:read", { sessionId, seq: 1 });
    await phone.ask("sync", { sessionId, rev: 0 });
    const again = await phone.open();
    expect(again.resumption).toMatchObject({ kind: "offer", greeting: found.resumption.greeting });
    expect(again.deadlines).toEqual(found.deadlines);
    // The takeover's epoch is all that changed.
    expect(await rowOf(house.sql, sessionId)).toEqual({ ...row, epoch: row.epoch + 1 });
  });

  test("after the end: an empty chat that knows the last one, up to fourteen days; then a new beginning", async () => {
    const { client, sessionId, silentSince } = await answeredVisitor(house);
    const endedAt = new Date(silentSince + 2 * HOUR).toISOString();
    await advance(house, 3 * HOUR);
    const primed = await client.open();
    expect(primed).toMatchObject({
      ...EMPTY,
      resumption: { kind: "primed", greeting: expect.any(String), previous: { sessionId, endedAt, unresolved: [] } },
    });
    await advance(house, 14 * DAY - HOUR - MINUTE);
    expect((await client.open()).resumption).toMatchObject({ kind: "primed", previous: { sessionId, endedAt } });
    await advance(house, MINUTE);
    expect((await client.open()).resumption).toMatchObject({ kind: "fresh", previous: { sessionId, endedAt } });
    const { message } = await client.send("hello again");
    expect((await rowOf(house.sql, message.sessionId)).resumed_from).toBeNull();
  });

  test("after the end: the new session names the one that it goes on from, and older ones stay readable", async () => {
    const { client, sessionId } = await answeredVisitor(house);
    await advance(house, 3 * HOUR);
    const { message } = await client.send("one more thing");
    const found = await client.open();
    expect(found).toMatchObject({
      session: { id: message.sessionId, resumedFrom: sessionId },
      resumption: { kind: "restored" },
    });
    expect((await client.ask("history:page", { sessionId })).messages).toMatchObject([{ text: "hello" }]);
    const { sessions } = await client.ask("history:sessions", {});
    expect(sessions.map(({ id }) => id)).toEqual([message.sessionId, sessionId]);
  });
});

describe("the answer to an offer", () => {
  test.each(["message", "resume", "keepalive"] as const)(
    "a %s goes on with it, and all devices see it",
    async (how) => {
      const { client, sessionId, token } = await answeredVisitor(house);
      const phone = await house.visit({ visitorToken: token, device: newDevice("Phone") });
      await advance(house, HOUR);
      const { rev } = await rowOf(house.sql, sessionId);
      if (how === "message") await client.send("go on");
      if (how === "keepalive") {
        await expectToldAsWritten(house.sql, sessionId, (await client.ask("session:keepalive", {})).deadlines);
      }
      if (how === "resume") {
        const snapshot = await client.ask("session:resume", { sessionId });
        expect(snapshot).toMatchObject({ session: { id: sessionId, state: "open" }, resumption: { kind: "restored" } });
        expect(snapshot.messages).toHaveLength(1);
        await expectToldAsWritten(house.sql, sessionId, snapshot.deadlines);
      }
      const updated = await phone.event(
        "session:updated",
        ({ session }) => session.state === "open" && session.rev > rev,
      );
      expect(updated).toMatchObject({ rev: rev + 1, session: { id: sessionId, rev: rev + 1 } });
      expect((await rowOf(house.sql, sessionId)).rev).toBe(rev + (how === "message" ? 2 : 1));
    },
  );

  test("pressed twice it is answered twice, and nothing more happens", async () => {
    const { client, sessionId } = await answeredVisitor(house);
    await advance(house, HOUR);
    await client.ask("session:resume", { sessionId });
    const { rev } = await rowOf(house.sql, sessionId);
    expect(await client.ask("session:resume", { sessionId })).toMatchObject({ session: { state: "open" }, rev });
  });

  test("an ended session is not resumed, nor a stranger's, nor one that never was", async () => {
    const { client, sessionId } = await answeredVisitor(house);
    const stranger = await answeredVisitor(house);
    await advance(house, HOUR);
    expect((await client.refusal("session:resume", { sessionId: stranger.sessionId })).code).toBe("not_found");
    expect((await client.refusal("session:resume", { sessionId: UNKNOWN_ID })).code).toBe("not_found");
    expect(await rowOf(house.sql, stranger.sessionId)).toMatchObject({ state: "idle" });
    await advance(house, HOUR);
    const refusal = await client.refusal("session:resume", { sessionId });
    expect(refusal).toMatchObject({ code: "session_ended", retryable: false });
    // Also while another one goes on, which it leaves alone.
    const { message } = await client.send("new");
    const row = await rowOf(house.sql, message.sessionId);
    expect((await client.refusal("session:resume", { sessionId })).code).toBe("session_ended");
    expect(await rowOf(house.sql, message.sessionId)).toEqual(row);
  });

  test("«I'm still here» with nothing there is no_session", async () => {
    const client = await house.visit();
    expect((await client.refusal("session:keepalive", {})).code).toBe("no_session");
    const { client: other } = await answeredVisitor(house);
    await advance(house, 3 * HOUR);
    expect((await other.refusal("session:keepalive", {})).code).toBe("no_session");
  });
});

describe("«start new»", () => {
  test.each(["open", "resting"] as const)(
    "puts aside what is %s; the next message begins the new one",
    async (state) => {
      const { client, sessionId, token } = await answeredVisitor(house);
      const phone = await house.visit({ visitorToken: token, device: newDevice("Phone") });
      if (state === "resting") await advance(house, HOUR);
      const { rev } = await rowOf(house.sql, sessionId);
      const snapshot = await client.ask("session:start", { sessionId });
      expect(snapshot).toMatchObject({ ...EMPTY, resumption: { kind: "fresh", previous: { sessionId } } });
      expect(await phone.event("session:ended")).toMatchObject({
        reason: "superseded",
        rev: rev + 1,
        session: { id: sessionId, state: "ended", endReason: "superseded" },
      });
      // The choice stands: who comes back is not greeted with what they put aside.
      expect((await client.open()).resumption).toMatchObject({ kind: "fresh", previous: { sessionId } });
      const { message } = await client.send("something else");
      expect(message).toMatchObject({ seq: 1 });
      expect(message.threadId).not.toBe((await rowOf(house.sql, sessionId)).thread_id);
      expect((await rowOf(house.sql, message.sessionId)).resumed_from).toBeNull();
    },
  );

  test("of yesterday does not end what is current today", async () => {
    const { client, sessionId } = await answeredVisitor(house);
    await advance(house, 3 * HOUR);
    const { message } = await client.send("new");
    const row = await rowOf(house.sql, message.sessionId);
    const refusal = await client.refusal("session:start", { sessionId });
    expect(refusal).toMatchObject({ code: "conflict", details: { sessionId: message.sessionId } });
    expect((await client.refusal("session:close", { sessionId })).code).toBe("conflict");
    expect(await rowOf(house.sql, message.sessionId)).toEqual(row);
    await client.ask("session:start", {});
    expect((await rowOf(house.sql, message.sessionId)).end_reason).toBe("superseded");
  });

  test("with nothing there is no mistake, but a compare field that names something is", async () => {
    const client = await house.visit();
    expect(await client.ask("session:start", {})).toMatchObject({ session: null, resumption: { kind: "none" } });
    expect((await client.refusal("session:start", { sessionId: UNKNOWN_ID })).code).toBe("conflict");
  });
});

describe("where a session begins with the opened panel", () => {
  const policy = { ...PRESETS.support, startOn: "open" as const };
  let own: TestGateway;
  beforeAll(async () => {
    own = await testGateway({ config: { testClock: true }, site: { policy } });
  });
  afterAll(() => own.close());

  test("it is there at once, once, with its clock", async () => {
    const client = await own.connect();
    const found = await client.open();
    expect(found).toMatchObject({ session: { state: "open", rev: 0 }, messages: [], resumption: { kind: "none" } });
    const id = found.session?.id ?? "";
    await expectToldAsWritten(own.sql, id, found.deadlines);
    expect(await client.open()).toMatchObject({ session: { id }, resumption: { kind: "restored" } });
    const { message } = await client.send("hello");
    expect(message).toMatchObject({ sessionId: id, seq: 1, rev: 1 });
  });

  test("a person who comes back after the end is greeted here too, and their other tab sees the old session end and the new one begin", async () => {
    const client = await own.connect();
    const first = await client.open();
    const { visitorToken = "" } = first;
    await advance(own, 3 * HOUR);
    const watcher = await own.visit({ visitorToken, device: { id: client.deviceId, label: "Test" } });
    const found = await client.open();
    expect(found.session).toMatchObject({ state: "open", resumedFrom: first.session?.id });
    expect(found.session?.id).toBe((await watcher.open()).session?.id);
    const third = await own.connect({ visitorToken, device: { id: client.deviceId, label: "Test" } });
    await advance(own, 3 * HOUR);
    expect((await third.open()).resumption).toMatchObject({
      kind: "primed",
      greeting: expect.any(String),
      previous: { sessionId: found.session?.id },
    });
    await watcher.event("session:ended", ({ session }) => session.id === found.session?.id);
    await watcher.event("session:updated", ({ session }) => session.resumedFrom === found.session?.id);
  });
});

describe("sixty days away, with a restart in between", () => {
  test.each([
    { days: 10, kind: "primed" },
    { days: 60, kind: "fresh" },
  ] as const)("$days days: $kind, for a visitor and for somebody who is signed in", async ({ days, kind }) => {
    const database = await testDatabase();
    try {
      let node = await startTestGateway(database.target, options);
      const visitor = await answeredVisitor(node);
      const ada = await person(node);
      const laptop = await ada.arrive();
      const { message } = await laptop.client.send("hi");
      await advance(node, HOUR);
      await node.close();
      node = await startTestGateway(database.target, options);
      await advance(node, days * DAY);
      await node.close();
      node = await startTestGateway(database.target, options);
      const device = { id: visitor.client.deviceId, label: "Test" };
      const back = await node.connect({ visitorToken: visitor.token, device });
      expect(await back.open()).toMatchObject({
        ...EMPTY,
        lock: { mine: true },
        resumption: { kind, previous: { sessionId: visitor.sessionId } },
      });
      expect(await rowOf(node.sql, visitor.sessionId)).toMatchObject({ end_reason: "timeout" });
      const again = await ada.arrive(laptop.device, { at: node });
      expect(again.snapshot).toMatchObject({
        ...EMPTY,
        resumption: { kind, previous: { sessionId: message.sessionId } },
      });
      await node.close();
    } finally {
      await database.drop();
    }
  });
});

test("a session of a site that left the configuration ends as the defaults say", async () => {
  const database = await testDatabase();
  try {
    let node = await startTestGateway(database.target, {
      ...options,
      moreSites: [testSite("gone", { bot: { kind: "none" }, policy: PRESETS.concierge })],
    });
    const client = await node.connect({ site: "gone" });
    await client.open();
    const { message } = await client.send("hello");
    const { opened_at } = await rowOf(node.sql, message.sessionId);
    await node.close();
    node = await startTestGateway(database.target, options);
    // Its row still says seven days: at what it says, the policy of today decides.
    await advance(node, 9 * DAY);
    const row = await rowOf(node.sql, message.sessionId);
    expect(row).toMatchObject({ state: "ended", end_reason: "timeout" });
    expect(Date.parse(row.ended_at ?? "")).toBe(Date.parse(opened_at) + 7 * DAY + 90 * MINUTE);
    await node.close();
  } finally {
    await database.drop();
  }
});

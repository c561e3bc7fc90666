import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../testing/testClient.ts";
import { newDevice } from "../testing/testClient.ts";
import { NO_LIMITS, type TestGateway, testGateway } from "../testing/testGateway.ts";
import { everythingStored, UNKNOWN_ID } from "../testing/visits.ts";
import { advance, locksHeard, person, threeDevices } from "./devices.fixture.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

const code = (error: { code: string }) => error.code;

describe("a device that opens while another one is active", () => {
  test("is told who has the baton, and the active one is not disturbed", async () => {
    const { phone, laptop } = await threeDevices(house);
    expect(phone.snapshot.lock).toMatchObject({ holder: { deviceId: phone.device.id, label: "Phone" }, mine: true });
    expect(laptop.snapshot.lock).toEqual({ ...phone.snapshot.lock, mine: false });
    expect([phone.snapshot.device.active, laptop.snapshot.device.active]).toEqual([true, false]);
    await phone.client.send("hello");
    expect(locksHeard(phone.client)).toEqual([]);
  });

  test("sees everything live", async () => {
    const { phone, laptop } = await threeDevices(house);
    const { message } = await phone.client.send("hello");
    await phone.client.ask("typing:set", { typing: true });
    await phone.client.ask("message:edit", { messageId: message.id, text: "hello you" });
    await phone.client.ask("session:close", {});
    await laptop.client.event("session:ended");
    expect(laptop.client.heard.map(({ event }) => event)).toEqual([
      "session:updated",
      "message",
      "typing",
      "message",
      "session:ended",
    ]);
  });

  test("may look, mark as read and say whether it is visible", async () => {
    const { phone, laptop, ada } = await threeDevices(house);
    const { sessionId } = (await phone.client.send("hello")).message;
    const { client } = laptop;
    const { lock, changes } = await client.ask("sync", { sessionId, rev: 0 });
    expect([lock.mine, changes.length]).toEqual([false, 1]);
    expect((await client.ask("history:page", { sessionId })).messages.length).toBe(1);
    expect((await client.ask("history:sessions", {})).sessions.length).toBe(1);
    await client.ask("receipt:read", { sessionId, seq: 1 });
    await phone.client.event("receipt");
    await client.ask("presence:set", { visible: false });
    await client.ask("presence:set", { visible: true });
    await client.ask("auth:refresh", { userToken: String(ada.auth.userToken) });
    expect((await client.open()).lock.mine).toBe(false);
    await client.ask("auth:logout", {});
    expect(locksHeard(phone.client)).toEqual([]);
  });

  test("may write nothing: each other command is refused with the lock, and nothing changes", async () => {
    const { phone, laptop } = await threeDevices(house);
    const { message } = await phone.client.send("hello");
    const { id: messageId, sessionId } = message;
    const before = await everythingStored(house.sql);
    const refused: [string, object][] = [
      ["message:send", { clientId: nanoid(), text: "me too" }],
      ["message:send", { clientId: nanoid(), text: "me too", sessionId: UNKNOWN_ID }],
      ["message:edit", { messageId, text: "changed" }],
      ["message:delete", { messageId }],
      ["message:feedback", { messageId, value: "up" }],
      ["reply:stop", { messageId }],
      ["draft:set", { text: "half a" }],
      ["typing:set", { typing: true }],
      ["session:resume", { sessionId }],
      ["session:start", {}],
      ["session:keepalive", {}],
      ["session:close", {}],
      ["session:rate", { sessionId, score: 5 }],
    ];
    for (const [event, payload] of refused) {
      const answer = await laptop.client.raw(event, payload);
      expect([event, answer]).toMatchObject([
        event,
        {
          ok: false,
          error: { code: "not_active_device", retryable: false, details: { lock: laptop.snapshot.lock } },
        },
      ]);
    }
    expect(await everythingStored(house.sql)).toEqual(before);
    expect(phone.client.of("typing")).toEqual([]);
  });
});

describe("a message that is known", () => {
  async function loser(): Promise<{ client: TestClient; winner: TestClient; clientId: string }> {
    const { phone, laptop } = await threeDevices(house);
    const clientId = nanoid();
    await phone.client.send("once", { clientId });
    await laptop.client.ask("session:takeover", {});
    return { client: phone.client, winner: laptop.client, clientId };
  }

  test("is answered to the device that has lost the baton since", async () => {
    const { client, clientId } = await loser();
    const { message } = await client.send("once", { clientId });
    expect(message).toMatchObject({ seq: 1, clientId, text: "once" });
    expect(code(await client.refusal("message:send", { clientId: nanoid(), text: "more" }))).toBe("not_active_device");
  });

  test("is answered to it also when its session has ended since, whether or not it is named", async () => {
    const { client, winner, clientId } = await loser();
    const { id: sessionId } = (await winner.ask("session:close", {})).session;
    expect((await client.send("once", { clientId })).message).toMatchObject({ sessionId, seq: 1 });
    expect((await client.send("once", { clientId, sessionId })).message).toMatchObject({ sessionId, seq: 1 });
  });

  test("is answered before its person's message budget is judged; a new one is not_active_device whatever the budget", async () => {
    const limits = { ...NO_LIMITS, userMessageBurst: 2, userMessagesPerSecond: 0.001 };
    const strict = await testGateway({ limits, site: { bot: { kind: "none" } } });
    try {
      const { phone, laptop } = await threeDevices(strict);
      const clientId = nanoid();
      await phone.client.send("once", { clientId });
      await phone.client.send("twice");
      await laptop.client.ask("session:takeover", {});
      expect(code(await laptop.client.refusal("message:send", { clientId: nanoid(), text: "x" }))).toBe("rate_limited");
      expect((await phone.client.send("once", { clientId })).message.seq).toBe(1);
      expect(code(await phone.client.refusal("message:send", { clientId: nanoid(), text: "x" }))).toBe(
        "not_active_device",
      );
    } finally {
      await strict.close();
    }
  });
});

describe("where nobody is active", () => {
  test("a page that was passive and comes back by itself takes nothing", async () => {
    const ada = await person(house);
    const { snapshot } = await ada.arrive(newDevice(), { open: { claim: false } });
    expect(snapshot.lock).toEqual({ holder: null, epoch: 1, mine: false });
    expect(snapshot.device.active).toBe(false);
  });

  test("a page that nobody sees takes nothing by opening; shown and opened again it does", async () => {
    const ada = await person(house);
    const { client, snapshot } = await ada.arrive(newDevice(), { visible: false });
    expect(snapshot.lock).toEqual({ holder: null, epoch: 1, mine: false });
    await client.ask("presence:set", { visible: true });
    expect((await client.open()).lock).toMatchObject({ epoch: 2, mine: true });
  });

  /** A conversation that goes on; its phone is gone, the laptop and the tablet watch. */
  async function alone() {
    const { phone, laptop, tablet } = await threeDevices(house);
    const { message } = await phone.client.send("hello");
    await phone.client.ask("draft:set", { text: "half a sen" });
    phone.client.close();
    // Away from the start: the first 30 s have the rules of a restart.
    await advance(house, 30_000);
    await laptop.client.event("lock:changed", ({ lock }) => lock.holder === null);
    return { phone, laptop, tablet, message };
  }

  test.each(["message:send", "session:keepalive", "session:resume", "session:start"] as const)(
    "the first %s takes the baton, and everybody is told, also who sent it",
    async (event) => {
      const { laptop, tablet, message } = await alone();
      const payload = {
        "message:send": { clientId: nanoid(), text: "I go on here" },
        "session:keepalive": {},
        "session:resume": { sessionId: message.sessionId },
        "session:start": {},
      }[event];
      expect(await laptop.client.raw(event, payload)).toMatchObject({ ok: true });
      const mine = { holder: { deviceId: laptop.device.id }, epoch: 3, mine: true };
      expect(await laptop.client.event("lock:changed", ({ lock }) => lock.mine)).toMatchObject({ lock: mine });
      expect(await tablet.client.event("lock:changed", ({ lock }) => lock.epoch === 3)).toMatchObject({
        lock: { ...mine, mine: false },
      });
      expect(code(await tablet.client.refusal("draft:set", { text: "x" }))).toBe("not_active_device");
      // What was typed on the phone is not lost, also where sending clears it.
      expect(await laptop.client.event("draft")).toMatchObject({ text: "half a sen" });
    },
  );

  test.each([
    ["message:edit", (messageId: string) => ({ messageId, text: "x" })],
    ["message:delete", (messageId: string) => ({ messageId })],
    ["draft:set", () => ({ text: "x" })],
    ["typing:set", () => ({ typing: true })],
    ["session:close", () => ({})],
    ["session:rate", () => ({ sessionId: UNKNOWN_ID, score: 1 })],
  ] as const)("%s takes nothing", async (event, payloadOf) => {
    const { laptop, message } = await alone();
    const lock = { holder: null, epoch: 2, mine: false };
    const answer = await laptop.client.raw(event, payloadOf(message.id));
    expect(answer).toMatchObject({ ok: false, error: { code: "not_active_device", details: { lock } } });
  });

  test("a first word that is refused has taken the baton all the same, and all are told so", async () => {
    const { laptop, tablet, message } = await alone();
    const { id: sessionId } = message;
    expect(code(await laptop.client.refusal("session:resume", { sessionId }))).toBe("not_found");
    await tablet.client.event("lock:changed", ({ lock }) => lock.holder?.deviceId === laptop.device.id);
    await laptop.client.send("hello");
  });

  test("a burst of first words is heard by the others in its order, without a hole", async () => {
    const { laptop, tablet } = await alone();
    const burst = Array.from({ length: 12 }, (_, i) => laptop.client.send(`word ${i}`));
    const sent = await Promise.all(burst);
    await tablet.client.event("message", ({ message }) => message.seq === 13);
    const heard = tablet.client.of("message").map(({ rev }) => rev);
    expect(heard).toEqual(heard.map((_, i) => i + 1));
    expect(sent.map(({ message }) => message.seq)).toEqual(sent.map((_, i) => i + 2));
  });

  test("of two first words one takes it, and the other is told by whom", async () => {
    const { laptop, tablet } = await alone();
    const answers = await Promise.all(
      [laptop, tablet].map(({ client }) => client.raw("message:send", { clientId: nanoid(), text: "me" })),
    );
    expect(answers.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
    const winner = answers[0]?.ok ? laptop : tablet;
    const refused = answers.find((answer) => !answer.ok);
    expect(refused).toMatchObject({
      error: { code: "not_active_device", details: { lock: { holder: { deviceId: winner.device.id }, epoch: 3 } } },
    });
  });
});

import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { newDevice } from "../testing/testClient.ts";
import { nodesMeet, SHARED, type TestGateway, testGateway, testSite } from "../testing/testGateway.ts";
import { everythingStored } from "../testing/visits.ts";
import { locksHeard, person, rowsOf, threeDevices } from "./devices.fixture.ts";

const NEWEST = testSite("newest", { bot: { kind: "none" }, policy: { ...PRESETS.support, oneDevice: "newest" } });
const NO_LOCK = testSite("shared", { bot: { kind: "none" }, ...SHARED });

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } }, moreSites: [NEWEST, NO_LOCK] });
});
afterAll(() => house.close());

const code = (error: { code: string }) => error.code;

describe("«Continue here»", () => {
  test.each([true, false])("moves the baton, with the epoch that was seen: %s", async (saysEpoch) => {
    const { phone, laptop } = await threeDevices(house);
    const { epoch } = laptop.snapshot.lock;
    const { lock } = await laptop.client.ask("session:takeover", saysEpoch ? { epoch } : {});
    expect(lock).toMatchObject({
      holder: { deviceId: laptop.device.id, label: "Laptop" },
      epoch: epoch + 1,
      mine: true,
    });
    await laptop.client.send("hello");
    const refusal = await phone.client.refusal("message:send", { clientId: nanoid(), text: "late" });
    expect(refusal).toMatchObject({ code: "not_active_device", details: { lock: { ...lock, mine: false } } });
    expect(await rowsOf(house.sql, phone.snapshot.user.id)).toMatchObject({
      epoch: epoch + 1,
      session_epoch: epoch + 1,
      active_device_id: laptop.device.id,
    });
  });

  test("is told to all others, to each as it is for them, and not to the one that pressed", async () => {
    const { ada, phone, laptop, tablet } = await threeDevices(house);
    const tab = await ada.arrive(laptop.device);
    const { lock } = await laptop.client.ask("session:takeover", {});
    await laptop.client.send("hello");
    for (const { client } of [phone, tablet, tab]) await client.event("message");
    expect(locksHeard(phone.client)).toEqual([{ ...lock, mine: false }]);
    expect(locksHeard(tablet.client)).toEqual([{ ...lock, mine: false }]);
    expect(locksHeard(tab.client)).toEqual([lock]);
    expect(locksHeard(laptop.client)).toEqual([]);
    // The other tab of the winner may write, too.
    await tab.client.send("and I");
  });

  test.each([-1, 1])("on the strength of another epoch is a conflict that tells the present one (%i)", async (off) => {
    const { phone, laptop } = await threeDevices(house);
    const { epoch } = laptop.snapshot.lock;
    const before = await everythingStored(house.sql);
    const refusal = await laptop.client.refusal("session:takeover", { epoch: epoch + off });
    expect(refusal).toMatchObject({ code: "conflict", details: { lock: laptop.snapshot.lock } });
    expect(await everythingStored(house.sql)).toEqual(before);
    await phone.client.send("still mine");
    expect(locksHeard(phone.client)).toEqual([]);
  });

  test("by the one that has it changes nothing, whatever it last saw", async () => {
    const { phone, laptop } = await threeDevices(house);
    const before = await everythingStored(house.sql);
    for (const payload of [{}, { epoch: 1 }, { epoch: 99 }]) {
      expect(await phone.client.ask("session:takeover", payload)).toEqual({ lock: phone.snapshot.lock });
    }
    expect(await everythingStored(house.sql)).toEqual(before);
    await phone.client.send("hello");
    await laptop.client.event("message");
    expect(locksHeard(laptop.client)).toEqual([]);
  });

  test("carries over what was typed, also back to where it was typed; what was sent meanwhile is no draft any more", async () => {
    const { phone, laptop } = await threeDevices(house);
    await phone.client.ask("draft:set", { text: "half a sen" });
    await laptop.client.ask("session:takeover", {});
    const draft = await laptop.client.event("draft");
    expect(draft).toEqual({ text: "half a sen", deviceId: phone.device.id, at: expect.any(String) });
    expect(phone.client.of("draft")).toEqual([]);
    await phone.client.ask("session:takeover", {});
    expect(await phone.client.event("draft")).toEqual(draft);
    await phone.client.send("hello");
    await laptop.client.ask("session:takeover", {});
    await laptop.client.send("x");
    expect(laptop.client.of("draft").length).toBe(1);
  });

  test("says that somebody is there: a session that idles is not reopened, and an open one stays", async () => {
    const { phone, laptop } = await threeDevices(house);
    const { sessionId } = (await phone.client.send("hello")).message;
    await laptop.client.ask("session:takeover", {});
    expect((await laptop.client.open()).session).toMatchObject({ id: sessionId, state: "open" });
  });

  test("before there is anything else: the loser's first message is refused, the winner's begins the session", async () => {
    const { phone, laptop } = await threeDevices(house);
    await laptop.client.ask("session:takeover", {});
    expect(code(await phone.client.refusal("message:send", { clientId: nanoid(), text: "x" }))).toBe(
      "not_active_device",
    );
    expect((await laptop.client.send("first")).message.seq).toBe(1);
  });
});

describe.skipIf(nodesMeet)("two devices that fight", () => {
  test("wait 10 s before the fourth, then three are free again; a press that changes nothing counts for nothing", async () => {
    // The wait is real time, also under the test clock: here a hand turns that watch, and a house of its own bears it.
    let ahead = 0;
    const real = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => real() + ahead);
    const arena = await testGateway({ site: { bot: { kind: "none" } } });
    onTestFinished(() => arena.close());
    const { phone, laptop } = await threeDevices(arena);
    const sides = [laptop, phone];
    const press = (i: number) => sides[i % 2]?.client.raw("session:takeover", {});
    for (const i of [0, 1, 2]) {
      expect(await press(i)).toMatchObject({ ok: true });
      expect(await press(i)).toMatchObject({ ok: true });
    }
    const held = await press(3);
    expect(held).toMatchObject({ ok: false, error: { code: "rate_limited", retryable: true, retryAfterMs: 10_000 } });
    ahead = 5_000;
    const { retryAfterMs = 0 } = await phone.client.refusal("session:takeover", {});
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(5_000);
    await laptop.client.send("who has it keeps it");
    ahead = 10_000;
    for (const i of [3, 4, 5]) expect(await press(i)).toMatchObject({ ok: true });
    expect(await press(6)).toMatchObject({ ok: false, error: { retryAfterMs: 10_000 } });
    // Nobody else waits for them.
    const others = await threeDevices(arena);
    await others.laptop.client.ask("session:takeover", {});
  });
});

describe("the same device", () => {
  test("in a second tab is told that the baton is its own, with the same epoch, and nobody hears of it", async () => {
    const { ada, phone, laptop } = await threeDevices(house);
    const tab = await ada.arrive(phone.device);
    expect(tab.snapshot.lock).toEqual(phone.snapshot.lock);
    await Promise.all([tab.client.send("one"), phone.client.send("two")]);
    await laptop.client.event("message", ({ message }) => message.seq === 2);
    for (const { client } of [phone, tab, laptop]) expect(locksHeard(client)).toEqual([]);
  });

  test("refreshed three times with a send in flight keeps the baton, and each message is there once", async () => {
    const { ada, phone, laptop } = await threeDevices(house);
    let { client } = phone;
    const sent = ["one", "two", "three"];
    for (const text of sent) {
      client.socket.emit("message:send", { clientId: text, text });
      client.close();
      const back = await ada.arrive(phone.device);
      client = back.client;
      expect(back.snapshot.lock).toEqual(phone.snapshot.lock);
      await client.send(text, { clientId: text });
    }
    const { messages } = await client.open();
    expect(messages.map(({ seq, text }) => [seq, text])).toEqual(sent.map((text, i) => [i + 1, text]));
    await laptop.client.event("message", ({ message }) => message.seq === 3);
    expect([...locksHeard(laptop.client), ...locksHeard(client)]).toEqual([]);
  });

  test("as a tab that watches of a device that took over elsewhere is granted what its device has", async () => {
    const { ada, laptop } = await threeDevices(house);
    const tab = await ada.arrive(laptop.device, { open: { claim: false } });
    await laptop.client.ask("session:takeover", {});
    await tab.client.event("lock:changed", ({ lock }) => lock.mine);
    await tab.client.ask("draft:set", { text: "half a" });
  });
});

describe("a write whose epoch is yesterday's", () => {
  test("while the rows name this very device gets no answer, and its connection begins anew", async () => {
    const { ada, phone } = await threeDevices(house);
    const { sessionId } = (await phone.client.send("one")).message;
    await house.sql`UPDATE users SET epoch = epoch + 1 WHERE id = ${phone.snapshot.user.id}`;
    await house.sql`UPDATE sessions SET epoch = epoch + 1 WHERE id = ${sessionId}`;
    const clientId = nanoid();
    let isAnswered = false;
    phone.client.socket.emit("message:send", { clientId, text: "two" }, () => {
      isAnswered = true;
    });
    expect(await phone.client.event("closing")).toMatchObject({ code: "restart", mayReturn: true });
    // The transport, and not the namespace: Socket.IO comes back by itself.
    expect(await phone.client.disconnected()).toBe("transport close");
    expect(isAnswered).toBe(false);
    const { client, snapshot } = await ada.arrive(phone.device);
    expect(snapshot.lock).toMatchObject({ epoch: phone.snapshot.lock.epoch + 1, mine: true });
    expect((await client.send("two", { clientId })).message.seq).toBe(2);
  });

  test.each(["session:close", "session:start", "session:keepalive", "draft:set", "session:rate"] as const)(
    "so does %s",
    async (event) => {
      const { phone } = await threeDevices(house);
      const { sessionId } = (await phone.client.send("one")).message;
      await house.sql`UPDATE users SET epoch = epoch + 1 WHERE id = ${phone.snapshot.user.id}`;
      await house.sql`UPDATE sessions SET epoch = epoch + 1 WHERE id = ${sessionId}`;
      const before = await everythingStored(house.sql);
      const payload = { "draft:set": { text: "x" }, "session:rate": { sessionId, score: 5 } }[event as string] ?? {};
      phone.client.socket.emit(event, payload, () => {});
      expect(await phone.client.event("closing")).toMatchObject({ code: "restart", mayReturn: true });
      expect(await everythingStored(house.sql)).toEqual(before);
    },
  );

  test.each([
    ["message:feedback", "open"],
    ["message:feedback", "ended"],
    ["reply:stop", "open"],
    ["message:edit", "open"],
    ["message:delete", "open"],
  ] as const)("and %s of a device that is superseded changes nothing in a session that is %s", async (event, state) => {
    const { phone, laptop } = await threeDevices(house);
    const { message } = await phone.client.send("one");
    if (state === "ended") await phone.client.ask("session:close", {});
    // On another node: this one has not heard of it.
    await house.sql`
        UPDATE users SET epoch = epoch + 1, active_device_id = ${laptop.device.id} WHERE id = ${phone.snapshot.user.id}`;
    await house.sql`UPDATE sessions SET epoch = epoch + 1 WHERE id = ${message.sessionId}`;
    await house.sql`UPDATE messages SET author_kind = 'bot', sender = 'bot', status = 'streaming', client_id = NULL
        WHERE id = ${message.id} AND ${event === "message:feedback" || event === "reply:stop"}`;
    const before = await everythingStored(house.sql);
    const payload = {
      "message:feedback": { messageId: message.id, value: "up" },
      "reply:stop": { messageId: message.id },
      "message:edit": { messageId: message.id, text: "changed" },
      "message:delete": { messageId: message.id },
    }[event];
    expect(await phone.client.raw(event, payload)).toMatchObject({
      ok: false,
      error: { code: "not_active_device", details: { lock: { holder: { deviceId: laptop.device.id } } } },
    });
    expect(await everythingStored(house.sql)).toEqual(before);
  });
});

describe("a site where the newest device is active", () => {
  test("passes the baton on by opening, and what comes back by itself takes nothing", async () => {
    const token = { site: "newest", visitorToken: undefined as string | undefined };
    const first = await house.connect(token);
    const opened = await first.open();
    token.visitorToken = opened.visitorToken;
    await first.ask("draft:set", { text: "half a" });
    const second = await house.connect({ ...token, device: newDevice() });
    const snapshot = await second.open();
    expect(snapshot).toMatchObject({
      lock: { epoch: opened.lock.epoch + 1, mine: true },
      draft: { text: "half a", deviceId: first.deviceId },
    });
    expect(await first.event("lock:changed")).toEqual({ lock: { ...snapshot.lock, mine: false } });
    expect((await first.open({ claim: false })).lock).toEqual({ ...snapshot.lock, mine: false });
    const hidden = await house.connect({ ...token, visible: false });
    expect((await hidden.open()).lock.mine).toBe(false);
    await second.send("mine");
    expect((await first.open()).lock).toMatchObject({ epoch: opened.lock.epoch + 2, mine: true });
    expect(code(await second.refusal("message:send", { clientId: nanoid(), text: "late" }))).toBe("not_active_device");
  });
});

describe("a site without a lock", () => {
  test("lets every device write, and nobody is told of any", async () => {
    const first = await house.connect({ site: "shared" });
    const { visitorToken, lock } = await first.open();
    expect(lock).toMatchObject({ holder: null, mine: true });
    const second = await house.connect({ site: "shared", visitorToken });
    expect((await second.open()).lock).toEqual(lock);
    await Promise.all([first.send("one"), second.send("two"), first.ask("draft:set", { text: "x" })]);
    expect((await second.ask("session:takeover", {})).lock).toEqual(lock);
    await first.send("three");
    await second.ask("session:close", {});
    await first.event("session:ended");
    expect([...locksHeard(first), ...locksHeard(second)]).toEqual([]);
  });
});

test("who logs out lets go: the next device need not wait, and the others are told that nobody is active", async () => {
  const { ada, phone, laptop } = await threeDevices(house);
  await phone.client.send("hello");
  await phone.client.ask("auth:logout", {});
  const { lock } = await laptop.client.event("lock:changed");
  expect(lock).toEqual({ holder: null, epoch: phone.snapshot.lock.epoch, mine: false });
  const desk = await ada.arrive();
  expect(desk.snapshot.lock).toMatchObject({ epoch: phone.snapshot.lock.epoch + 1, mine: true });
  await laptop.client.event("lock:changed", (told) => told.lock.holder?.deviceId === desk.device.id);
});

test("somebody's lock is nobody else's: another person's devices hear and change nothing", async () => {
  const { phone, laptop } = await threeDevices(house);
  const eve = await person(house);
  const other = await eve.arrive(phone.device);
  expect(other.snapshot.lock.mine).toBe(true);
  await laptop.client.ask("session:takeover", {});
  await phone.client.event("lock:changed");
  await other.client.send("mine");
  expect(locksHeard(other.client)).toEqual([]);
});

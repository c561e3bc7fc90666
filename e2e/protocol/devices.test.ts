import { describe, expect, it } from "vitest";
import { expectRefusal } from "./shapes.ts";
import { gateway } from "./target.ts";
import { newId } from "./tokens.ts";
import { arrive, arriveTwice, connect, type Visitor } from "./visitor.ts";
import type { Lock, Refusal } from "./words.ts";

const { target } = gateway();

const lockIn = ({ details }: Refusal) => (details as { lock: Lock }).lock;

/** The other device's send is refused, and the first one's is taken. */
async function expectOnlyWriter(writer: Visitor, watcher: Visitor): Promise<void> {
  const refusal = await watcher.refusal("message:send", { clientId: newId(), text: "me too" });
  expectRefusal(refusal, "not_active_device");
  expect(refusal.retryable).toBe(false);
  expect(lockIn(refusal).mine).toBe(false);
  const { message } = await writer.say("I may");
  expect(await watcher.hears("message", (told) => told.message.id === message.id)).toMatchObject({ message });
}

describe("one device of a person is active", () => {
  it("the first to open is, and the next one watches and is told who it is", async () => {
    const { laptop, phone, opened } = await arriveTwice(target());
    expect(opened).toMatchObject({ lock: { mine: true }, device: { active: true } });
    const second = await phone.get("session:open");
    expect(second).toMatchObject({ lock: { ...opened.lock, mine: false }, device: { active: false } });
    expect(second.lock.holder?.deviceId).toBe(opened.device.id);
    await expectOnlyWriter(laptop, phone);
  });

  it("P5: a second tab is the same device: it writes, with the same epoch, and nobody is told", async () => {
    const device = { id: newId(), label: "A laptop" };
    const { visitor, opened } = await arrive(target(), { device });
    const { visitor: tab, opened: second } = await arrive(target(), { device, visitorToken: opened.visitorToken });
    expect(second.lock).toEqual(opened.lock);
    await Promise.all([visitor.say("one"), tab.say("two")]);
    expect([...visitor.heard("lock:changed"), ...tab.heard("lock:changed")]).toEqual([]);
  });

  it("P4: one that watches may look, and everything else is refused", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { id: messageId, sessionId } = (await laptop.say("hello")).message;
    const may = [
      ["sync", { sessionId, rev: 0 }],
      ["history:page", { sessionId }],
      ["history:sessions", {}],
      ["receipt:read", { sessionId, seq: 1 }],
      ["presence:set", { visible: true }],
      ["session:open", {}],
    ] as const;
    for (const [event, payload] of may) await phone.get(event, payload);
    const mayNot: [string, Record<string, unknown>][] = [
      ["message:send", { clientId: newId(), text: "x" }],
      ["message:edit", { messageId, text: "x" }],
      ["message:delete", { messageId }],
      ["message:feedback", { messageId, value: "up" }],
      ["reply:stop", { messageId }],
      ["draft:set", { text: "x" }],
      ["typing:set", { typing: true }],
      ["session:resume", { sessionId }],
      ["session:start", {}],
      ["session:keepalive", {}],
      ["session:close", {}],
      ["session:rate", { sessionId, score: 5 }],
    ];
    for (const [event, payload] of mayNot) expectRefusal(await phone.refusal(event, payload), "not_active_device");
    const { session } = await laptop.get("session:open");
    expect(session).toMatchObject({ id: sessionId, state: "open" });
  });
});

describe("taking over", () => {
  it("passes the baton on with the half-typed sentence, and each is told", async () => {
    const { laptop, phone, opened } = await arriveTwice(target());
    await laptop.say("from the laptop");
    await laptop.get("draft:set", { text: "half a sen" });
    const { lock } = await phone.get("session:takeover", { epoch: opened.lock.epoch });
    expect(lock.mine).toBe(true);
    expect(lock.epoch).toBeGreaterThan(opened.lock.epoch);
    const lost = await laptop.hears("lock:changed", (told) => !told.lock.mine);
    expect(lost.lock).toEqual({ ...lock, mine: false });
    expect(await phone.hears("draft")).toMatchObject({ text: "half a sen", deviceId: opened.device.id });
    await expectOnlyWriter(phone, laptop);
  });

  it("by the holder changes nothing, and with an epoch of yesterday it is a conflict", async () => {
    const { laptop, phone, opened } = await arriveTwice(target());
    expect((await laptop.get("session:takeover", {})).lock).toEqual(opened.lock);
    const late = await phone.refusal("session:takeover", { epoch: opened.lock.epoch - 1 });
    expectRefusal(late, "conflict");
    await expectOnlyWriter(laptop, phone);
  });

  it("again and again between two devices has to wait at the fourth time", async () => {
    const { laptop, phone } = await arriveTwice(target());
    for (const one of [phone, laptop, phone]) await one.get("session:takeover", {});
    const refusal = await laptop.refusal("session:takeover");
    expectRefusal(refusal, "rate_limited");
    expect(refusal).toMatchObject({ retryable: true, retryAfterMs: expect.any(Number) });
    await expectOnlyWriter(phone, laptop);
  });
});

describe("while nobody holds it", () => {
  it("a page that does not claim watches, and its person's first word takes the baton", async () => {
    const visitor = connect(target());
    await visitor.begun;
    const opened = await visitor.get("session:open", { claim: false });
    expect(opened.lock).toMatchObject({ mine: false, holder: null });
    await visitor.say("hello");
    expect((await visitor.get("session:open")).lock.mine).toBe(true);
  });

  it("a page that nobody sees watches too", async () => {
    const { opened } = await arrive(target(), { visible: false });
    expect(opened.lock).toMatchObject({ mine: false, holder: null });
  });
});

describe("putting a chat aside", () => {
  it("«start new» ends it, and the next word begins another", async () => {
    const { visitor } = await arrive(target());
    const { sessionId } = (await visitor.say("old")).message;
    expectRefusal(await visitor.refusal("session:start", { sessionId: "another" }), "conflict");
    expect(await visitor.get("session:start", { sessionId })).toMatchObject({ session: null, messages: [], rev: 0 });
    expect(await visitor.hears("session:ended")).toMatchObject({ reason: "superseded", session: { id: sessionId } });
    const { message } = await visitor.say("new");
    expect(message).toMatchObject({ seq: 1, rev: 1 });
    expect(message.sessionId).not.toBe(sessionId);
    expectRefusal(await visitor.refusal("session:resume", { sessionId }), "session_ended");
  });
});

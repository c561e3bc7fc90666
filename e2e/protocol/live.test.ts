import { describe, expect, it } from "vitest";
import { expectMessage, expectRefusal, expectSession } from "./shapes.ts";
import { gateway } from "./target.ts";
import { arrive, arriveTwice } from "./visitor.ts";
import type { Message } from "./words.ts";

const { target } = gateway();

const ms = (at: string | null) => Date.parse(at ?? "null");
const byBot = (message: Message) => message.author.kind === "bot";

describe("what every device is told", () => {
  it("a new session is announced with its first message on the other device", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { message } = await laptop.say("hello");
    const announced = await phone.hears("session:updated");
    expectSession(announced.session);
    expect(announced.session).toMatchObject({ id: message.sessionId, state: "open" });
    expect(await phone.hears("message")).toEqual({ message, rev: 1 });
  });

  it("an added and a changed message have the same shape, and each takes the next rev", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { message } = await laptop.say("helo");
    await laptop.get("message:edit", { messageId: message.id, text: "hello" });
    await laptop.get("message:delete", { messageId: message.id });
    await phone.hears("message", (told) => told.message.deletedAt !== undefined);
    const told = phone.heard("message");
    for (const one of told) expectMessage(one.message);
    for (const one of told) expect(one.rev).toBe(one.message.rev);
    expect(told.map(({ rev }) => rev)).toEqual(told.map((_, index) => index + 1));
  });

  it("P3: what was announced is what a sync of the whole says", async () => {
    const { laptop, phone, opened } = await arriveTwice(target());
    const { message } = await laptop.say("hello");
    await phone.hears("message", (told) => byBot(told.message) && told.message.status === "complete");
    const held = new Map(phone.heard("message").map((told) => [told.message.id, told.message]));
    const synced = await phone.get("sync", { sessionId: message.sessionId, rev: 0 });
    const inOrder = (messages: Iterable<Message>) => [...messages].sort((one, other) => one.seq - other.seq);
    expect(inOrder(synced.changes)).toEqual(inOrder(held.values()));
    expect(synced).toMatchObject({ reset: false, session: { id: message.sessionId, rev: synced.rev } });
    expectSession(synced.session);
    expect(synced.lock).toEqual({ ...opened.lock, mine: false });
    // The bot has answered: the visitor has the word, and the clock runs.
    const { warnAt, idleAt, endAt } = synced.deadlines;
    const { warnBeforeMs, softExpiryMs, hardExpiryMs } = opened.policy;
    expect(ms(idleAt)).toBeGreaterThan(Date.now());
    expect(ms(idleAt) - ms(warnAt)).toBe(warnBeforeMs);
    expect(ms(endAt) - ms(idleAt)).toBe(hardExpiryMs - softExpiryMs);
  });

  it("P3: someone whose rev is ahead of the head is told to begin anew", async () => {
    const { visitor } = await arrive(target());
    const { message } = await visitor.say("hello");
    const synced = await visitor.get("sync", { sessionId: message.sessionId, rev: 9999 });
    expect(synced.reset).toBe(true);
    expect(synced.changes.map(({ id }) => id)).toContain(message.id);
  });

  it("typing is told to the other device and not to the one that types", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { message } = await laptop.say("hello");
    await laptop.get("typing:set", { typing: true });
    const told = await phone.hears("typing", ({ author }) => author.kind === "visitor");
    expect(told).toMatchObject({ sessionId: message.sessionId, typing: true, author: message.author });
    expect(laptop.heard("typing").filter(({ author }) => author.kind === "visitor")).toEqual([]);
  });

  it("a read mark is told, kept, and never goes back", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { sessionId } = (await laptop.say("one")).message;
    await laptop.say("two");
    await laptop.get("receipt:read", { sessionId, seq: 2 });
    const told = await phone.hears("receipt", ({ kind }) => kind === "read");
    expect(told).toMatchObject({ sessionId, seq: 2, author: { kind: "visitor" } });
    await laptop.get("receipt:read", { sessionId, seq: 1 });
    const { receipts } = await phone.get("sync", { sessionId, rev: 0 });
    expect(receipts).toContainEqual(expect.objectContaining({ read: 2, delivered: expect.any(Number) }));
  });

  it("a hidden page may say so", async () => {
    const { visitor } = await arrive(target());
    expect(await visitor.get("presence:set", { visible: false })).toEqual({});
    expectRefusal(await visitor.refusal("presence:set", {}), "invalid_payload");
    expectRefusal(await visitor.refusal("typing:set", { typing: "yes" }), "invalid_payload");
  });
});

describe("a reply that is being written", () => {
  it("begins as a message, grows by pieces that fit, and ends as a message", async () => {
    const { visitor } = await arrive(target());
    await visitor.say("hello");
    const begun = await visitor.hears("message", ({ message }) => message.status === "streaming");
    const { id } = begun.message;
    const ended = await visitor.hears("message", ({ message }) => message.id === id && message.status === "complete");
    let text = begun.message.text;
    for (const piece of visitor.heard("reply:delta").filter(({ messageId }) => messageId === id)) {
      expect(piece).toMatchObject({ attempt: expect.any(Number), offset: text.length });
      text += piece.text;
    }
    expect(ended.message.text).toBe(text);
    expect(ended.message).toMatchObject({ seq: begun.message.seq, rev: begun.rev + 1 });
  });

  it("can be stopped by the active device, and what was written stays", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { message } = await laptop.say("tell me how it works");
    const begun = await phone.hears("message", (told) => told.message.status === "streaming");
    const refused = phone.refusal("reply:stop", { messageId: begun.message.id });
    const stopped = await laptop.get("reply:stop", { messageId: begun.message.id });
    expectRefusal(await refused, "not_active_device");
    expectMessage(stopped.message);
    expect(stopped.message).toMatchObject({ id: begun.message.id, status: "interrupted" });
    expect(stopped.message.text.startsWith(begun.message.text)).toBe(true);
    const told = await phone.hears("message", (one) => one.message.status === "interrupted");
    expect(told).toEqual(stopped);
    expectRefusal(await laptop.refusal("reply:stop", { messageId: message.id }), "forbidden");
  });
});

import { describe, expect, it } from "vitest";
import { expectRefusal, expectSession, expectShape, expectSnapshot } from "./shapes.ts";
import { gateway } from "./target.ts";
import { newId } from "./tokens.ts";
import { arrive, arriveTwice, type Visitor } from "./visitor.ts";

const { target } = gateway();

async function talksAndCloses(visitor: Visitor, text = "goodbye"): Promise<{ sessionId: string; messageId: string }> {
  const { id: messageId, sessionId } = (await visitor.say(text)).message;
  await visitor.get("session:close", { sessionId });
  return { sessionId, messageId };
}

describe("closing", () => {
  it("a visitor ends the chat and every device is told", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { sessionId } = (await laptop.say("goodbye")).message;
    const { session } = await laptop.get("session:close", { sessionId });
    expectSession(session);
    expect(session).toMatchObject({ id: sessionId, state: "ended", endReason: "visitor", endedAt: expect.any(String) });
    const told = await phone.hears("session:ended");
    expect(told).toMatchObject({ reason: "visitor", rev: session.rev, session: { id: sessionId, state: "ended" } });
  });

  it("with nothing open there is nothing to close, and another than the current one is a conflict", async () => {
    const { visitor } = await arrive(target());
    expectRefusal(await visitor.refusal("session:close"), "no_session");
    await visitor.say("hello");
    expectRefusal(await visitor.refusal("session:close", { sessionId: "another" }), "conflict");
  });

  it("in an ended session nothing changes but rating, feedback and read marks", async () => {
    const { visitor } = await arrive(target());
    const { sessionId, messageId } = await talksAndCloses(visitor);
    const send = { clientId: newId(), text: "more", sessionId };
    const refusal = await visitor.refusal("message:send", send);
    expectRefusal(refusal, "session_ended");
    expect(refusal.retryable).toBe(false);
    expectRefusal(await visitor.refusal("message:edit", { messageId, text: "x" }), "session_ended");
    expectRefusal(await visitor.refusal("message:delete", { messageId }), "session_ended");
    expect(await visitor.get("session:rate", { sessionId, score: 5, comment: "good" })).toEqual({});
    expect(await visitor.get("receipt:read", { sessionId, seq: 1 })).toEqual({});
    expectRefusal(await visitor.refusal("session:rate", { sessionId, score: 6 }), "invalid_payload");
  });

  it("a message that was acknowledged is answered with itself also after the end", async () => {
    const { visitor } = await arrive(target());
    const { message } = await visitor.say("goodbye");
    await visitor.get("session:close");
    const payload = { clientId: message.clientId, text: "goodbye", sessionId: message.sessionId };
    expect((await visitor.get("message:send", payload)).message.id).toBe(message.id);
  });

  it("who comes back after the end is told of the last chat and begins a new one by writing", async () => {
    const { visitor } = await arrive(target());
    const { sessionId } = await talksAndCloses(visitor);
    const back = await visitor.get("session:open", { resume: { sessionId, rev: 1 } });
    expectSnapshot(back);
    expect(back).toMatchObject({ session: null, messages: [], rev: 0, reset: true });
    expect(["primed", "fresh"]).toContain(back.resumption.kind);
    expect(back.resumption.previous).toMatchObject({ sessionId, endedAt: expect.any(String), unresolved: [] });
    const { message } = await visitor.say("hello again");
    expect(message).toMatchObject({ seq: 1, rev: 1 });
    expect(message.sessionId).not.toBe(sessionId);
  });
});

describe("looking back", () => {
  it("a conversation is read page by page, each ascending", async () => {
    const { visitor } = await arrive(target());
    const { sessionId } = (await visitor.say("one")).message;
    await visitor.say("two");
    await visitor.say("three");
    const page = await visitor.get("history:page", { sessionId, beforeSeq: 4, limit: 2 });
    expect(page.messages.map(({ text }) => text)).toEqual(["two", "three"]);
    expect(page.hasMore).toBe(true);
    const first = await visitor.get("history:page", { sessionId, beforeSeq: 2 });
    expect(first.messages.map(({ seq }) => seq)).toEqual([1]);
    expect(first.hasMore).toBe(false);
    for (const limit of [0, 101]) {
      expectRefusal(await visitor.refusal("history:page", { sessionId, limit }), "invalid_payload");
    }
  });

  it("chats are listed newest first, each with its last words", async () => {
    const { visitor } = await arrive(target());
    const { sessionId: older } = await talksAndCloses(visitor, "first chat");
    const { message } = await visitor.say("second chat");
    const { sessions, hasMore } = await visitor.get("history:sessions", { limit: 1 });
    expect(hasMore).toBe(true);
    expectSession(sessions[0]);
    expectShape(sessions[0], { id: message.sessionId, messageCount: 1 });
    expect(sessions[0]?.lastMessage).toMatchObject({ text: "second chat", author: message.author });
    const next = await visitor.get("history:sessions", { before: message.sessionId });
    expect(next.sessions.map(({ id }) => id)).toEqual([older]);
    expect(next.hasMore).toBe(false);
  });

  it("P5: half a sentence is kept for the next device, until it is sent", async () => {
    const { laptop, phone } = await arriveTwice(target());
    expect(await laptop.get("draft:set", { text: "half a sen" })).toEqual({});
    const { draft } = await phone.get("session:open");
    expect(draft).toMatchObject({ text: "half a sen", deviceId: expect.any(String), at: expect.any(String) });
    await laptop.say("half a sentence");
    expect((await phone.get("session:open")).draft).toBeUndefined();
    expectRefusal(await laptop.refusal("draft:set", { text: "x".repeat(8001) }), "invalid_payload");
  });
});

import { describe, expect, it } from "vitest";
import { expectMessage, expectRefusal } from "./shapes.ts";
import { gateway } from "./target.ts";
import { newId } from "./tokens.ts";
import { arrive, arriveTwice, type Visitor } from "./visitor.ts";
import type { Message } from "./words.ts";

const { target } = gateway();

async function answered(visitor: Visitor): Promise<Message> {
  await visitor.say("hello");
  const { message } = await visitor.hears("message", (told) => isFinishedReply(told.message));
  return message;
}

const isFinishedReply = (message: Message) => message.author.kind === "bot" && message.status === "complete";

describe("sending", () => {
  it("a first message starts a session, with seq 1 and rev 1", async () => {
    const { visitor, opened } = await arrive(target());
    const clientId = newId();
    const { message, rev, deadlines } = await visitor.get("message:send", { clientId, text: "hello" });
    expectMessage(message);
    expect(message).toMatchObject({ clientId, text: "hello", seq: 1, rev: 1, kind: "text", status: "complete" });
    expect(message.author).toMatchObject({ kind: "visitor", id: opened.user.id });
    expect(rev).toBe(1);
    expect(deadlines).toEqual({ warnAt: null, idleAt: null, endAt: null });
  });

  it("P2: a message sent again, in any tab and at once, is there once", async () => {
    const device = { id: newId(), label: "A laptop" };
    const { visitor: laptop, opened } = await arrive(target(), { device });
    const { visitor: tab } = await arrive(target(), { device, visitorToken: opened.visitorToken });
    const clientId = newId();
    const senders = Array.from({ length: 20 }, (_, index) => (index % 2 ? laptop : tab));
    const answers = await Promise.all(senders.map((one) => one.get("message:send", { clientId, text: "once" })));
    expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
    const next = await laptop.say("after");
    const { messages } = await laptop.get("history:page", { sessionId: next.message.sessionId });
    expect(messages.filter((message) => message.clientId === clientId)).toHaveLength(1);
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
  });

  it("a message that is known is answered on any device, also on one that only watches", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { message } = await laptop.say("once");
    const again = await phone.get("message:send", { clientId: message.clientId, text: "once" });
    expect(again.message.id).toBe(message.id);
  });

  it("two people may use the same clientId", async () => {
    const { visitor: ada } = await arrive(target());
    const { visitor: bob } = await arrive(target());
    const payload = { clientId: newId(), text: "hello" };
    const hers = await ada.get("message:send", payload);
    const his = await bob.get("message:send", payload);
    expect(his.message.id).not.toBe(hers.message.id);
  });

  it("text is kept in NFC, up to 8,000 units and not one more", async () => {
    const { visitor } = await arrive(target());
    expect((await visitor.say("e\u0301")).message.text).toBe("\u00e9");
    expect((await visitor.say("x".repeat(8000))).message.text).toHaveLength(8000);
    const payload = { clientId: newId(), text: "x".repeat(8001) };
    expectRefusal(await visitor.refusal("message:send", payload), "invalid_payload");
  });

  it("whatever fits no schema is told by its field and harms nobody", async () => {
    const { visitor } = await arrive(target());
    for (const payload of [{}, null, "x", [], { clientId: newId(), text: 1 }, { clientId: 1, text: "x" }]) {
      const refusal = await visitor.refusal("message:send", payload);
      expectRefusal(refusal, "invalid_payload");
      expect(refusal.details).toBeDefined();
    }
    expect((await visitor.say("still here")).message.seq).toBe(1);
  });

  it("a reply to a message of one's own is kept, to somebody else's is not found", async () => {
    const { visitor } = await arrive(target());
    const { visitor: stranger } = await arrive(target());
    const { message } = await visitor.say("first");
    expect((await visitor.say("to that", { replyTo: message.id })).message.replyTo).toBe(message.id);
    const payload = { clientId: newId(), text: "to that", replyTo: message.id };
    expectRefusal(await stranger.refusal("message:send", payload), "not_found");
  });
});

describe("changing what was said", () => {
  it("one's own message is edited, keeps its place and takes the next rev", async () => {
    const { visitor } = await arrive(target());
    const { message } = await visitor.say("helo");
    const { message: edited, rev } = await visitor.get("message:edit", {
      messageId: message.id,
      text: "hello",
      rev: 1,
    });
    expectMessage(edited);
    expect(edited).toMatchObject({ id: message.id, seq: 1, text: "hello", rev, editedAt: expect.any(String) });
    expect(rev).toBeGreaterThan(1);
  });

  it("a deleted message keeps its place and loses its text", async () => {
    const { visitor } = await arrive(target());
    const { message } = await visitor.say("regret");
    const { message: deleted, rev } = await visitor.get("message:delete", { messageId: message.id });
    expect(deleted).toMatchObject({ seq: 1, text: "", rev, deletedAt: expect.any(String) });
    const again = await visitor.get("message:send", { clientId: message.clientId, text: "regret" });
    expect(again.message).toMatchObject({ id: message.id, text: "" });
  });

  it("a late edit or delete of what has changed since is a conflict", async () => {
    const { visitor } = await arrive(target());
    const { message } = await visitor.say("one");
    await visitor.get("message:edit", { messageId: message.id, text: "two" });
    const late = { messageId: message.id, rev: message.rev };
    expectRefusal(await visitor.refusal("message:edit", { ...late, text: "three" }), "conflict");
    expectRefusal(await visitor.refusal("message:delete", late), "conflict");
  });

  it("nobody changes what the bot said, but may say what they think of it", async () => {
    const { visitor } = await arrive(target());
    const reply = await answered(visitor);
    expectMessage(reply);
    expectRefusal(await visitor.refusal("message:edit", { messageId: reply.id, text: "x" }), "forbidden");
    expectRefusal(await visitor.refusal("message:delete", { messageId: reply.id }), "forbidden");
    const liked = await visitor.get("message:feedback", { messageId: reply.id, value: "up", comment: "nice" });
    expect(liked.message).toMatchObject({ id: reply.id, rev: reply.rev + 1, feedback: expect.anything() });
    const taken = await visitor.get("message:feedback", { messageId: reply.id, value: null });
    expect(taken.message.feedback).toBeUndefined();
    const wrong = { messageId: reply.id, value: "meh" };
    expectRefusal(await visitor.refusal("message:feedback", wrong), "invalid_payload");
  });

  it("P7: to a stranger somebody's message and session do not exist", async () => {
    const { visitor } = await arrive(target());
    const { visitor: stranger } = await arrive(target());
    const { id: messageId, sessionId } = (await visitor.say("private")).message;
    await stranger.say("hello");
    const tries: [string, Record<string, unknown>][] = [
      ["message:send", { clientId: newId(), text: "x", sessionId }],
      ["message:edit", { messageId, text: "x" }],
      ["message:delete", { messageId }],
      ["message:feedback", { messageId, value: "up" }],
      ["reply:stop", { messageId }],
      ["sync", { sessionId, rev: 0 }],
      ["history:page", { sessionId }],
      ["receipt:read", { sessionId, seq: 1 }],
      ["session:rate", { sessionId, score: 5 }],
    ];
    for (const [event, payload] of tries) expectRefusal(await stranger.refusal(event, payload), "not_found");
  });
});

import { describe, expect, it } from "vitest";
import { expectRefusal, expectSnapshot } from "./shapes.ts";
import { gateway, ownGateway } from "./target.ts";
import { newId } from "./tokens.ts";
import { arrive, arriveTwice, connect, type Visitor } from "./visitor.ts";

const { target } = gateway({
  limits: {
    userMessageBurst: 400,
    userMessagesPerSecond: 400,
    connectionCommandBurst: 1000,
    connectionCommandsPerSecond: 1000,
  },
});

async function saysMuch(visitor: Visitor, count: number, text = "again and again"): Promise<string> {
  const said = await Promise.all(Array.from({ length: count }, () => visitor.say(text)));
  return said[0]?.message.sessionId ?? "";
}

describe("opening", () => {
  it("whoever asks before opening is told to open first", async () => {
    const visitor = connect(target());
    await visitor.begun;
    expectRefusal(await visitor.refusal("message:send", { clientId: newId(), text: "hello" }), "no_session");
  });

  it("a newcomer finds nothing, and no clock runs", async () => {
    const { opened } = await arrive(target());
    expectSnapshot(opened);
    expect(opened).toMatchObject({ session: null, messages: [], rev: 0, resumption: { kind: "none" }, receipts: [] });
    expect(opened.deadlines).toEqual({ warnAt: null, idleAt: null, endAt: null });
    expect(opened.lock.mine).toBe(true);
  });

  it("someone who comes back finds the chat as it was", async () => {
    const { laptop, phone } = await arriveTwice(target());
    const { message } = await laptop.say("remember me");
    const back = await phone.get("session:open");
    expectSnapshot(back);
    expect(back.resumption.kind).toBe("restored");
    expect(back.session).toMatchObject({ id: message.sessionId, state: "open", rev: back.rev });
    expect(back.messages[0]).toEqual(message);
  });

  it("someone who says what they hold is given only what changed since", async () => {
    const { visitor } = await arrive(target());
    const first = await visitor.say("one");
    const second = await visitor.say("two");
    const { sessionId } = first.message;
    const back = await visitor.get("session:open", { resume: { sessionId, rev: first.rev } });
    expect(back.reset).toBe(false);
    expect(back.messages.map((message) => message.id)).toContain(second.message.id);
    expect(back.messages.map((message) => message.id)).not.toContain(first.message.id);
  });

  it("someone who holds what never was is told to forget it", async () => {
    const { visitor } = await arrive(target());
    const { message } = await visitor.say("one");
    const { visitor: stranger } = await arrive(target());
    const theirs = await stranger.say("not yours");
    for (const sessionId of ["unknown", theirs.message.sessionId]) {
      const back = await visitor.get("session:open", { resume: { sessionId, rev: 1 } });
      expect(back).toMatchObject({ reset: true, session: { id: message.sessionId } });
    }
    const ahead = await visitor.get("session:open", { resume: { sessionId: message.sessionId, rev: 9999 } });
    expect(ahead).toMatchObject({ reset: true, session: { id: message.sessionId } });
  });

  it("a page that opens badly is told which field is wrong, and stays connected", async () => {
    const { visitor } = await arrive(target());
    const refusal = await visitor.refusal("session:open", { resume: { sessionId: "x" } });
    expectRefusal(refusal, "invalid_payload");
    expect(JSON.stringify(refusal.details)).toContain("resume.rev");
    expect(visitor.socket.connected).toBe(true);
  });

  it.runIf(ownGateway)(
    "P3: who missed more than 200 changes is given the last 50 and where to look for the rest",
    async () => {
      const { visitor } = await arrive(target());
      const sessionId = await saysMuch(visitor, 210);
      const fresh = await visitor.get("session:open", { resume: { sessionId, rev: 1 } });
      expect(fresh).toMatchObject({ reset: true, hasMore: true });
      expect(fresh.messages).toHaveLength(50);
      const { changes, reset } = await visitor.get("sync", { sessionId, rev: 1 });
      expect(reset).toBe(true);
      expect(changes.length).toBeLessThanOrEqual(200);
      const few = await visitor.get("sync", { sessionId, rev: 150 });
      expect(few.reset).toBe(false);
      expect(few.changes[0]?.seq).toBe(151);
    },
  );

  it.runIf(ownGateway)("no answer is larger than 200 KB, however much was written", async () => {
    const { visitor } = await arrive(target());
    const sessionId = await saysMuch(visitor, 20, "漢".repeat(8000));
    for (const [event, payload] of [
      ["session:open", {}],
      ["sync", { sessionId, rev: 0 }],
      ["history:page", { sessionId, limit: 100 }],
    ] as const) {
      const answer = await visitor.get(event, payload);
      expect(Buffer.byteLength(JSON.stringify(answer)), event).toBeLessThanOrEqual(200_000);
    }
  });
});

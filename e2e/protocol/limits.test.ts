import { describe, expect, it } from "vitest";
import { expectRefusal } from "./shapes.ts";
import { gateway, ownGateway } from "./target.ts";
import { newId } from "./tokens.ts";
import { arrive, connect } from "./visitor.ts";

const { target } = gateway({ limits: { userMessageBurst: 3, userMessagesPerSecond: 1, userConnections: 2 } });

describe("what is not served", () => {
  it("an event nobody knows is said to be unknown, and the connection goes on", async () => {
    const { visitor } = await arrive(target());
    for (const event of ["nonsense", "__proto__", "constructor", "SESSION:OPEN"]) {
      expectRefusal(await visitor.refusal(event), "unknown_event");
    }
    expect((await visitor.say("still here")).message.seq).toBe(1);
  });

  it("the rest of the protocol is unknown to this version", async () => {
    const { visitor } = await arrive(target());
    for (const event of ["memory:list", "file:ticket", "thread:list", "history:search", "context:update"]) {
      expectRefusal(await visitor.refusal(event), "unknown_event");
    }
  });
});

describe("hostile clients", () => {
  it("a packet above 64 KiB ends the transport, and the person may return", async () => {
    const { visitor, opened } = await arrive(target());
    const ends = visitor.ends();
    visitor.socket.emit("draft:set", { text: "x".repeat(70_000) });
    expect(await ends).toBe("transport close");
    await arrive(target(), { visitorToken: opened.visitorToken });
  });

  it("a large payload below 64 KiB is refused by its schema", async () => {
    const { visitor } = await arrive(target());
    const refusal = await visitor.refusal("draft:set", { text: "x".repeat(60_000) });
    expectRefusal(refusal, "invalid_payload");
  });

  it("prototype keys, bytes and lone surrogates change nothing", async () => {
    const { visitor } = await arrive(target());
    const hostile = [
      JSON.parse(`{"clientId":"${newId()}","text":"x","__proto__":{"admin":true}}`),
      { clientId: newId(), text: Buffer.from("x") },
      { clientId: newId(), text: "\ud800" },
      { clientId: newId(), text: "a\u0000b" },
    ];
    for (const payload of hostile) expectRefusal(await visitor.refusal("message:send", payload), "invalid_payload");
    expect((await visitor.say("first")).message.seq).toBe(1);
  });
});

describe.runIf(ownGateway)("too much", () => {
  it("a person who sends too fast is told when to go on, but a known message is answered", async () => {
    const { visitor } = await arrive(target());
    // At once: what is refilled meanwhile is less than one.
    const said = Promise.all([visitor.say("one"), visitor.say("two"), visitor.say("three")]);
    const refusal = await visitor.refusal("message:send", { clientId: newId(), text: "four" });
    const [{ message }] = await said;
    expectRefusal(refusal, "rate_limited");
    expect(refusal).toMatchObject({ retryable: true, retryAfterMs: expect.any(Number) });
    const known = await visitor.get("message:send", { clientId: message.clientId, text: "one" });
    expect(known.message.id).toBe(message.id);
  });

  it("one connection too many is accepted, told why, and ended", async () => {
    const { opened } = await arrive(target());
    await arrive(target(), { visitorToken: opened.visitorToken });
    const third = connect(target(), { visitorToken: opened.visitorToken });
    expect(await third.begun).toEqual({});
    const ends = third.ends();
    const refusal = await third.refusal("session:open");
    expectRefusal(refusal, "rate_limited");
    expect(refusal.retryable).toBe(true);
    expect(await third.hears("closing")).toMatchObject({ code: "too_many_connections", mayReturn: false });
    expect(await ends).toBe("io server disconnect");
  });
});

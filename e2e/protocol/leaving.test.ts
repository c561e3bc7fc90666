import { describe, expect, it } from "vitest";
import { expectRefusal, expectSnapshot } from "./shapes.ts";
import { gateway, ownGateway } from "./target.ts";
import { newId, nowSeconds, userToken } from "./tokens.ts";
import { arrive, connect } from "./visitor.ts";

const { target, process } = gateway({ limits: { drainWindowMs: 200 } });

async function signIn(endsInSeconds: number, way = {}) {
  const sub = `sub-${newId()}`;
  const token = (seconds: number, claims = {}) => userToken(target(), { sub, exp: nowSeconds() + seconds, ...claims });
  return { ...(await arrive(target(), { userToken: token(endsInSeconds) }, way)), token };
}

describe("a token that ends", () => {
  it("is announced a minute ahead and can be renewed", async () => {
    const { visitor, token } = await signIn(30);
    expect(Date.parse((await visitor.hears("auth:expiring")).expiresAt)).toBeGreaterThan(Date.now());
    const { expiresAt } = await visitor.get("auth:refresh", { userToken: token(900) });
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 800_000);
  });

  it("cannot be renewed by somebody else's, an ended one or none", async () => {
    const { visitor, token } = await signIn(900);
    const others = token(900, { sub: "somebody else" });
    expectRefusal(await visitor.refusal("auth:refresh", { userToken: others }), "token_invalid");
    const ended = token(-600, { iat: nowSeconds() - 900 });
    expectRefusal(await visitor.refusal("auth:refresh", { userToken: ended }), "token_expired");
    expectRefusal(await visitor.refusal("auth:refresh", {}), "invalid_payload");
    expectSnapshot(await visitor.get("session:open"));
  });

  it("ends the connection with the reason, in a way that lets the client return", async () => {
    const { visitor } = await signIn(4);
    const ends = visitor.ends();
    expect(await visitor.hears("closing")).toMatchObject({ code: "token_expired", mayReturn: true });
    expect(await ends).not.toBe("io server disconnect");
  });
});

describe("logging out", () => {
  it("ends the connection for good, and the visitor token with it", async () => {
    const { visitor, opened } = await arrive(target());
    const ends = visitor.ends();
    expect(await visitor.get("auth:logout")).toEqual({});
    expect(await visitor.hears("closing")).toMatchObject({ code: "logged_out", mayReturn: false });
    expect(await ends).toBe("io server disconnect");
    const { refused } = await connect(target(), { visitorToken: opened.visitorToken }).begun;
    expect(refused).toMatchObject({ code: "token_invalid", retryable: false });
  });
});

describe.runIf(ownGateway)("a gateway that stops", () => {
  it("P9: tells people when to return, and what was acknowledged is there when they do", async () => {
    const { visitor, opened } = await arrive(target());
    const { message } = await visitor.say("keep this");
    const ends = visitor.ends();
    const stopped = process().stop();
    const closing = await visitor.hears("closing");
    expect(closing).toMatchObject({ code: "draining", mayReturn: true, message: expect.any(String) });
    expect(await ends).not.toBe("io server disconnect");
    await stopped;
    await process().start();
    const { opened: back } = await arrive(target(), { visitorToken: opened.visitorToken });
    expect(back.messages.map(({ id }) => id)).toContain(message.id);
  });

  it("P1: keeps every acknowledged message also when it is killed", async () => {
    const { visitor, opened } = await arrive(target());
    const said = await Promise.all(["one", "two", "three"].map((text) => visitor.say(text)));
    await process().kill();
    await process().start();
    const { opened: back, visitor: again } = await arrive(target(), { visitorToken: opened.visitorToken });
    const ids = back.messages.map(({ id }) => id);
    for (const { message } of said) expect(ids).toContain(message.id);
    const last = said[2]?.message;
    const repeated = await again.get("message:send", { clientId: last?.clientId, text: "three" });
    expect(repeated.message.id).toBe(last?.id);
  });
});

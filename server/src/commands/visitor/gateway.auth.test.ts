import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../../testing/testClient.ts";
import { type TestGateway, testGateway, userToken } from "../../testing/testGateway.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

/** Moves the gateway's time; answers what it is then, in seconds. */
async function advance(ms: number): Promise<number> {
  const answer = await fetch(`${house.url}/__test/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceMs: ms }),
  });
  const { now } = (await answer.json()) as { now: string };
  return Date.parse(now) / 1_000;
}

async function lasting(seconds: number, sub = "ada"): Promise<{ token: string; exp: number }> {
  const iat = Math.floor(await advance(0));
  return { token: await userToken(sub, { iat, exp: iat + seconds }), exp: iat + seconds };
}

/** Its signature is another one: the middle of it, since the last character holds bits that do not count. */
function forged(token: string): string {
  const at = token.length - 20;
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}

const why = (client: TestClient) => client.event("closing").then(({ code, mayReturn }) => ({ code, mayReturn }));

describe("a user token", () => {
  test("that ends is announced 60 s ahead, and then ends the connection, which may return", async () => {
    const { token, exp } = await lasting(3_600);
    const ada = await house.visit({ userToken: token });
    await advance(3_500_000);
    await ada.ask("presence:set", { visible: true });
    expect(ada.of("auth:expiring")).toEqual([]);
    await advance(50_000);
    const { expiresAt } = await ada.event("auth:expiring");
    expect(Date.parse(expiresAt) / 1_000).toBe(exp);
    await advance(51_000);
    expect(await why(ada)).toEqual({ code: "token_expired", mayReturn: true });
    await ada.disconnected();
    expect(ada.of("auth:expiring").length).toBe(1);
    // Clocks may differ by a few seconds.
    await advance(10_000);
    await expect(house.connect({ userToken: token })).rejects.toMatchObject({ data: { code: "token_expired" } });
  });

  test("that is refreshed in time keeps the connection, and its end is announced anew", async () => {
    const first = await lasting(3_600);
    const ada = await house.visit({ userToken: first.token });
    await advance(3_550_000);
    await ada.event("auth:expiring");
    const second = await lasting(3_600);
    const { expiresAt } = await ada.ask("auth:refresh", { userToken: second.token });
    expect(Date.parse(expiresAt) / 1_000).toBe(second.exp);
    await advance(100_000);
    await ada.send("still here");
    await advance(3_450_000);
    await ada.event("auth:expiring", (told) => told.expiresAt === expiresAt);
    expect(ada.of("closing")).toEqual([]);
  });

  test("of another person, of another site, forged or expired changes nothing", async () => {
    const { token, exp } = await lasting(3_600);
    const ada = await house.visit({ userToken: token });
    const iat = exp - 3_600;
    const tokens = {
      token_invalid: [
        await userToken("eve", { iat, exp: exp + 9_999 }),
        await userToken("ada", { iat, exp: exp + 9_999 }, "other"),
        forged(await userToken("ada", { iat, exp: exp + 9_999 })),
        "no token at all",
      ],
      token_expired: [await userToken("ada", { iat: iat - 100, exp: iat - 50 })],
    };
    for (const [code, all] of Object.entries(tokens)) {
      for (const bad of all) {
        expect(await ada.refusal("auth:refresh", { userToken: bad })).toMatchObject({ code, retryable: false });
      }
    }
    expect((await ada.open()).user.externalId).toBe("ada");
    await advance(3_601_000);
    expect(await why(ada)).toEqual({ code: "token_expired", mayReturn: true });
  });

  test("cannot make an anonymous visitor somebody else", async () => {
    const ada = await house.visit();
    const { token } = await lasting(60);
    expect(await ada.refusal("auth:refresh", { userToken: token })).toMatchObject({ code: "token_invalid" });
    expect((await ada.open()).user.kind).toBe("visitor");
  });
});

describe("logging out", () => {
  test("as a person ends every tab of this device, and no other device", async () => {
    const { token } = await lasting(3_600, "leaver");
    const device = { id: "abcdefghijklmnopqrstu", label: "Laptop" };
    const tab = await house.visit({ userToken: token, device });
    const other = await house.visit({ userToken: token, device });
    const phone = await house.visit({ userToken: token });
    expect(await tab.ask("auth:logout", {})).toEqual({});
    expect(await why(tab)).toEqual({ code: "logged_out", mayReturn: false });
    expect(await why(other)).toEqual({ code: "logged_out", mayReturn: false });
    await Promise.all([tab.disconnected(), other.disconnected()]);
    await phone.send("still here");
    expect(phone.of("closing")).toEqual([]);
  });

  test("as a person voids tokens issued before on this device only; a new one opens", async () => {
    const { token, exp } = await lasting(3_600, "returner");
    const device = { id: "bbcdefghijklmnopqrstu", label: "Laptop" };
    const tab = await house.visit({ userToken: token, device });
    await advance(2_000);
    await tab.ask("auth:logout", {});
    await expect(house.connect({ userToken: token, device })).rejects.toMatchObject({
      data: { code: "token_invalid" },
    });
    await house.visit({ userToken: token });
    await advance(2_000);
    const fresh = await userToken("returner", { iat: exp - 3_600 + 4, exp });
    expect((await (await house.connect({ userToken: fresh, device })).open()).user.externalId).toBe("returner");
  });

  test("as a person voids the token also for a connection that was accepted before and opens later", async () => {
    const { token } = await lasting(3_600, "late");
    const device = { id: "cbcdefghijklmnopqrstu", label: "Laptop" };
    const tab = await house.visit({ userToken: token, device });
    const late = await house.connect({ userToken: token, device });
    await advance(2_000);
    await tab.ask("auth:logout", {});
    expect(await late.refusal("session:open", {})).toMatchObject({ code: "token_invalid" });
    expect(await why(late)).toEqual({ code: "revoked", mayReturn: false });
  });

  test("as an anonymous visitor voids the token at once, in every tab", async () => {
    const ada = await house.connect();
    const { visitorToken } = await ada.open();
    const tab = await house.visit({ visitorToken });
    await ada.ask("auth:logout", {});
    expect(await why(tab)).toEqual({ code: "logged_out", mayReturn: false });
    await ada.disconnected();
    await expect(house.connect({ visitorToken })).rejects.toMatchObject({ data: { code: "token_invalid" } });
  });

  test("before opening logs nobody out", async () => {
    const ada = await house.connect();
    expect(await ada.refusal("auth:logout", {})).toMatchObject({ code: "no_session" });
    await ada.open();
  });
});

test("a refreshed token that was issued before the person was signed out everywhere keeps nobody", async () => {
  const { token, exp } = await lasting(3_600, "sneaky");
  const ada = await house.visit({ userToken: token });
  await advance(5_000);
  await house.sql`UPDATE users SET not_before = baton_now() WHERE external_id = 'sneaky'`;
  const old = await userToken("sneaky", { iat: exp - 3_600, exp: exp + 100 });
  expect(await ada.refusal("auth:refresh", { userToken: old })).toMatchObject({ code: "token_invalid" });
});

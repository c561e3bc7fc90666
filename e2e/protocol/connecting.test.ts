import { describe, expect, it } from "vitest";
import { gateway } from "./target.ts";
import { newId, nowSeconds, userToken } from "./tokens.ts";
import { arrive, connect } from "./visitor.ts";

const { target } = gateway();

type Case = [who: string, code: string, auth: () => Record<string, unknown>, origin?: string | null];

const BAD_HANDSHAKES: Case[] = [
  ["who speaks another protocol", "protocol_unsupported", () => ({ protocol: 2 })],
  ["who names no protocol", "bad_handshake", () => ({ protocol: undefined })],
  ["who names no device", "bad_handshake", () => ({ device: undefined })],
  ["whose device id is no nanoid", "bad_handshake", () => ({ device: { id: "abc" } })],
  ["who asks for a site that is not there", "unknown_site", () => ({ site: "nowhere" })],
  ["on somebody else's page", "origin_forbidden", () => ({}), "http://evil.example"],
];

const BAD_TOKENS: Case[] = [
  ["with a visitor token nobody gave out", "token_invalid", () => ({ visitorToken: "made up" })],
  ["with a handover code nobody gave out", "token_invalid", () => ({ handover: "made up" })],
  ["with a user token that is none", "token_invalid", () => ({ userToken: "made up" })],
  ["whose token another secret signed", "token_invalid", () => signed({}, "HS256", "x".repeat(40))],
  ["whose token nobody signed", "token_invalid", () => signed({}, "none")],
  ["whose token is signed in a way not on the list", "token_invalid", () => signed({}, "HS512")],
];

const BAD_CLAIMS: Case[] = [
  ["whose token is for another site", "token_invalid", () => signed({ aud: "another" })],
  ["whose token names nobody", "token_invalid", () => signed({ sub: undefined })],
  ["whose token never ends", "token_invalid", () => signed({ exp: undefined })],
  ["whose token has no beginning", "token_invalid", () => signed({ iat: undefined })],
  ["whose token has ended", "token_expired", () => signed({ iat: nowSeconds() - 900, exp: nowSeconds() - 600 })],
];

async function expectRefused(cases: Case[]): Promise<void> {
  for (const [who, code, auth, origin] of cases) {
    const { refused } = await connect(target(), auth(), { origin }).begun;
    expect(refused, `somebody ${who}`).toMatchObject({ code, message: expect.stringMatching(/\S/), retryable: false });
  }
}

function signed(claims: Record<string, string | number | undefined>, alg?: string, secret?: string) {
  return { userToken: userToken(target(), { sub: "ada", ...claims }, alg, secret) };
}

function signInAs(sub: string, visitorToken?: string) {
  return arrive(target(), { visitorToken, userToken: userToken(target(), { sub }) });
}

describe("connecting", () => {
  it("somebody who does not belong here is told why, and not to try again", async () => {
    await expectRefused(BAD_HANDSHAKES);
  });

  it("somebody with a token that cannot be trusted is told so", async () => {
    await expectRefused(BAD_TOKENS);
  });

  it("somebody whose token lacks a claim, or has ended, is told so", async () => {
    await expectRefused(BAD_CLAIMS);
  });

  it("a new person is anonymous and is handed a token", async () => {
    const { opened } = await arrive(target());
    expect(opened.user.kind).toBe("visitor");
    expect(opened.visitorToken).toBeTypeOf("string");
    expect(opened.device).toMatchObject({ label: "A laptop", active: true });
  });

  it("the token brings the same anonymous person back, on any device", async () => {
    const { opened } = await arrive(target());
    const { opened: again } = await arrive(target(), { visitorToken: opened.visitorToken });
    expect(again.user.id).toBe(opened.user.id);
    expect(again.device.id).not.toBe(opened.device.id);
  });

  it("a signed-in person is known by the site's own name for them", async () => {
    const sub = `sub-${newId()}`;
    const token = userToken(target(), { sub, name: "Ada" });
    const { opened } = await arrive(target(), { userToken: token });
    expect(opened.user).toMatchObject({ kind: "identified", externalId: sub, name: "Ada" });
    const { opened: elsewhere } = await arrive(target(), { userToken: token });
    expect(elsewhere.user.id).toBe(opened.user.id);
  });

  it("P7: a token of one person shows nothing of another's chat", async () => {
    const { visitor } = await arrive(target());
    await visitor.say("mine");
    const { opened } = await arrive(target(), { userToken: userToken(target(), { sub: `sub-${newId()}` }) });
    expect(opened.session).toBeNull();
  });

  it("someone who signs in keeps what they wrote before, and the visitor token is spent", async () => {
    const { visitor, opened } = await arrive(target());
    const { message } = await visitor.say("before I said who I am");
    const sub = `sub-${newId()}`;
    const { visitor: signedIn, opened: known } = await signInAs(sub, opened.visitorToken);
    expect(known.user).toMatchObject({ kind: "identified", externalId: sub });
    expect(known.session).toMatchObject({ id: message.sessionId, state: "open" });
    expect(known.lock.mine).toBe(true);
    expect(known.visitorToken).toBeUndefined();
    const kept = known.messages.find(({ id }) => id === message.id);
    expect(kept).toMatchObject({ text: "before I said who I am", author: { kind: "visitor", id: known.user.id } });
    expect(await visitor.hears("closing")).toMatchObject({ code: "restart", mayReturn: true });
    expect((await signedIn.say("as myself")).message.sessionId).toBe(message.sessionId);
    await expectRefused([
      ["whose visitor token was spent", "token_invalid", () => ({ visitorToken: opened.visitorToken })],
    ]);
  });

  it("a visitor token that was spent gives nothing to whoever else signs in with it, and takes nothing", async () => {
    const { visitor, opened } = await arrive(target());
    const { message } = await visitor.say("mine");
    const sub = `sub-${newId()}`;
    const { visitor: signedIn, opened: mine } = await signInAs(sub, opened.visitorToken);
    const { visitor: stranger, opened: theirs } = await signInAs(`sub-${newId()}`, opened.visitorToken);
    expect(theirs.session).toBeNull();
    expect(theirs.messages).toEqual([]);
    expect((await stranger.get("history:sessions")).sessions).toEqual([]);
    const { opened: again } = await signInAs(sub, opened.visitorToken);
    expect(again.user).toEqual(mine.user);
    expect(again.messages.map(({ id }) => id)).toContain(message.id);
    expect(signedIn.heard("closing")).toEqual([]);
  });
});

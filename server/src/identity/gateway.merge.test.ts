import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway, testSite, userToken } from "../testing/testGateway.ts";
import { say } from "../testing/visits.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } }, moreSites: [testSite("other")] });
});
afterAll(() => house.close());

const why = (client: TestClient) => client.event("closing").then(({ code, mayReturn }) => ({ code, mayReturn }));
const restarted = { code: "restart", mayReturn: true };

/** Somebody nobody vouches for, on a device of their own. */
async function anonymous() {
  const device = { id: nanoid(), label: "Laptop" };
  const page = await house.connect({ device });
  const { visitorToken = "", user } = await page.open();
  return { page, device, visitorToken, id: user.id };
}

async function person(sub = nanoid()) {
  const token = await userToken(sub);
  const device = { id: nanoid(), label: "Phone" };
  return { sub, token, device };
}

/** Everything of a session, as this client is shown it. */
async function everything(client: TestClient, sessionId: string) {
  const { messages } = await client.ask("history:page", { sessionId, limit: 100 });
  return messages.map(({ seq, text, author }) => ({ seq, text, id: author.id }));
}

test("what a visitor said becomes the person's at signing in, once, and they go on in the same conversation", async () => {
  const { page, device, visitorToken, id } = await anonymous();
  const said = await say(page, 3);
  const { token, sub } = await person();
  const signedIn = await house.connect({ device, visitorToken, userToken: token });
  const snapshot = await signedIn.open({ resume: { sessionId: said[0]?.sessionId ?? "", rev: 3 } });
  expect(snapshot).toMatchObject({
    user: { kind: "identified", externalId: sub },
    session: { id: said[0]?.sessionId, state: "open", rev: 4 },
    resumption: { kind: "restored" },
    lock: { mine: true },
    reset: true,
  });
  expect(snapshot.visitorToken).toBeUndefined();
  expect(snapshot.user.id).not.toBe(id);
  expect(snapshot.messages.map(({ text, author }) => [text, author.id])).toEqual(
    said.map(({ text }) => [text, snapshot.user.id]),
  );
  expect(await why(page)).toEqual(restarted);
  const { message } = await signedIn.send("as myself");
  expect(message).toMatchObject({ seq: 4, sessionId: said[0]?.sessionId });
});

test("the visitor's token is spent: alone it is refused, beside any user token it is ignored", async () => {
  const { page, device, visitorToken } = await anonymous();
  await say(page, 1);
  const waiting = await house.connect({ visitorToken });
  const ada = await person();
  const signedIn = await house.connect({ device, visitorToken, userToken: ada.token });
  const { user, session } = await signedIn.open();
  await expect(house.connect({ visitorToken })).rejects.toMatchObject({ data: { code: "token_invalid" } });
  expect(await waiting.refusal("session:open", {})).toMatchObject({ code: "token_invalid" });
  expect(await why(waiting)).toEqual({ code: "revoked", mayReturn: false });
  const again = await (await house.connect({ device, visitorToken, userToken: ada.token })).open();
  expect(again).toMatchObject({ user, session });
  const eve = await person();
  const thief = await (await house.connect({ visitorToken, userToken: eve.token })).open();
  expect(thief).toMatchObject({ user: { externalId: eve.sub }, session: null });
  expect(signedIn.of("closing")).toEqual([]);
});

import type { Ack } from "@baton/shared/refusals";
import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway, userToken } from "../testing/testGateway.ts";

let house: TestGateway;
beforeAll(async () => {
  // The defaults: 20 messages at once, then 5 a second; 50 commands at once, then 20 a second.
  house = await testGateway({ limits: {}, site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

const tooFast = { ok: false, error: { code: "rate_limited", retryable: true, retryAfterMs: expect.any(Number) } };
const send = (who: TestClient, clientId: string) => who.raw("message:send", { clientId, text: clientId });

async function flood(who: TestClient, ids: readonly string[]): Promise<{ taken: string[]; refused: string[] }> {
  const answers = await Promise.all(ids.map((id) => send(who, id)));
  const refused = ids.filter((_id, i) => !answers[i]?.ok);
  for (const answer of answers) if (!answer.ok) expect(answer).toMatchObject(tooFast);
  return { taken: ids.filter((id) => !refused.includes(id)), refused };
}

const keys = (count: number) => Array.from({ length: count }, () => nanoid());

describe("messages", () => {
  test("are taken 20 at once, then refused with the time to wait; what was refused is not there", async () => {
    const ada = await house.visit();
    const { taken, refused } = await flood(ada, keys(45));
    expect(taken.length).toBeGreaterThanOrEqual(20);
    expect(refused.length).toBeGreaterThan(0);
    const { messages } = await ada.open();
    expect(messages.map((message) => message.clientId)).toEqual(taken);
  });

  test("that were refused are taken a little later, under the same key", async () => {
    const ada = await house.visit();
    const { refused } = await flood(ada, keys(60));
    const [late = ""] = refused;
    await expect.poll(async () => (await send(ada, late)).ok, { interval: 100, timeout: 10_000 }).toBe(true);
  });

  test("of all tabs of a person count together, and nobody else's", async () => {
    const auth = { userToken: await userToken("ada"), device: newDevice() };
    const [one, two, bob] = [await house.visit(auth), await house.visit(auth), await house.visit()];
    await flood(one, keys(60));
    expect((await flood(two, keys(15))).refused.length).toBeGreaterThan(0);
    expect((await flood(bob, keys(5))).refused).toEqual([]);
  });

  test("that are known are answered however fast they come, and cost nothing", async () => {
    const ada = await house.visit();
    const [known = ""] = keys(1);
    const first = await send(ada, known);
    await flood(ada, keys(22));
    expect((await flood(ada, keys(15))).refused.length).toBeGreaterThan(0);
    for (let i = 0; i < 10; i++) expect(await send(ada, known)).toEqual(first);
  });

  test("repeated within the budget leave it as it was", async () => {
    const ada = await house.visit();
    const [known = ""] = keys(1);
    await send(ada, known);
    for (let i = 0; i < 25; i++) await send(ada, known);
    expect((await flood(ada, keys(19))).refused).toEqual([]);
  });

  test("that are refused for what they are do not harm those that follow", async () => {
    const ada = await house.visit();
    for (let i = 0; i < 3; i++)
      await ada.refusal("message:send", { clientId: nanoid(), text: "x", sessionId: "unknown" });
    expect((await flood(ada, keys(10))).refused).toEqual([]);
  });
});

describe("commands of a connection", () => {
  const shown = { visible: true };
  async function exhaust(who: TestClient): Promise<Ack<unknown>[]> {
    return Promise.all(Array.from({ length: 90 }, () => who.raw("presence:set", shown)));
  }

  test("are taken 50 at once, then refused with the time to wait", async () => {
    const ada = await house.visit();
    const answers = await exhaust(ada);
    expect(answers.filter((answer) => answer.ok).length).toBeGreaterThanOrEqual(49);
    expect(answers.at(-1)).toMatchObject(tooFast);
    await expect
      .poll(async () => (await ada.raw("presence:set", shown)).ok, { interval: 50, timeout: 10_000 })
      .toBe(true);
  });

  test("are judged by their schema first: what does not fit says so however fast it comes", async () => {
    const ada = await house.visit();
    await exhaust(ada);
    expect(await ada.raw("presence:set", { visible: 1 })).toMatchObject({ error: { code: "invalid_payload" } });
    expect(await ada.raw("session:steal", {})).toMatchObject({ error: { code: "unknown_event" } });
  });

  test("of another tab of the same person have a budget of their own", async () => {
    const auth = { userToken: await userToken("bob"), device: newDevice() };
    const [one, two] = [await house.visit(auth), await house.visit(auth)];
    await exhaust(one);
    expect((await two.raw("presence:set", shown)).ok).toBe(true);
  });

  test("count also before opening", async () => {
    const ada = await house.connect();
    const answers = await exhaust(ada);
    expect(answers[0]).toMatchObject({ error: { code: "no_session" } });
    expect(answers.at(-1)).toMatchObject(tooFast);
  });
});

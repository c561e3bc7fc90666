/** A command of several steps fails after one of them was committed: who watches hears of what was done. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { PRESETS } from "../../config/policy.ts";
import { advance, eventually, person } from "../../device-lock/devices.fixture.ts";
import { anonymous, connected, person as unknownPerson } from "../../identity/merging.fixture.ts";
import { answer, MINUTE } from "../../session/silence.fixture.ts";
import { newDevice } from "../../testing/testClient.ts";
import {
  NO_LIMITS,
  startTestGateway,
  type TestGateway,
  testDatabase,
  testGateway,
  testSite,
} from "../../testing/testGateway.ts";
import { say } from "../../testing/visits.ts";

const panel = testSite("panel", { bot: { kind: "none" }, policy: { ...PRESETS.support, startOn: "open" } });
let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" } }, moreSites: [panel] });
});
afterAll(() => house.close());

/** A draft that no key opens: whoever reads the whole state fails. */
async function damage(at: TestGateway, userId: string): Promise<void> {
  await at.sql`
    INSERT INTO drafts (user_id, device_id, body, at) VALUES (${userId}, 'some-device', ${Buffer.of(0)}, baton_now())
    ON CONFLICT (user_id) DO UPDATE SET body = EXCLUDED.body`;
}

async function mend(at: TestGateway, userId: string): Promise<void> {
  await at.sql`DELETE FROM drafts WHERE user_id = ${userId}`;
}

/** The phone speaks, the laptop watches. */
async function watched(site = "demo") {
  const ada = await person(house, site);
  const phone = await ada.arrive(newDevice("Phone"));
  const laptop = await ada.arrive(newDevice("Laptop"));
  return { ada, userId: phone.snapshot.user.id, phone: phone.client, laptop: laptop.client };
}

describe("where the Snapshot cannot be read", () => {
  test("session:start has ended what went on", async () => {
    const { userId, phone, laptop } = await watched();
    const { message } = await phone.send("hello");
    await damage(house, userId);
    expect(await phone.refusal("session:start", {})).toMatchObject({ code: "internal" });
    for (const client of [phone, laptop]) {
      const { session, reason } = await client.event("session:ended");
      expect([session.id, reason]).toEqual([message.sessionId, "superseded"]);
    }
    await mend(house, userId);
    expect((await phone.ask("session:start", {})).session).toBeNull();
    expect(laptop.of("session:ended")).toHaveLength(1);
  });

  test("session:resume has reopened what rests", async () => {
    const { userId, phone, laptop } = await watched();
    const { message } = await phone.send("hello");
    await answer(house.sql, message.sessionId);
    await advance(house, 31 * MINUTE);
    await laptop.event("session:idle");
    await damage(house, userId);
    expect(await phone.refusal("session:resume", { sessionId: message.sessionId })).toMatchObject({ code: "internal" });
    const { session } = await laptop.event("session:updated", ({ rev }) => rev > message.rev);
    expect(session).toMatchObject({ id: message.sessionId, state: "open" });
  });

  test("session:open has begun a session", async () => {
    const { userId, phone, laptop } = await watched("panel");
    await phone.ask("session:close", {});
    await damage(house, userId);
    const from = laptop.heard.length;
    expect(await phone.refusal("session:open", {})).toMatchObject({ code: "internal" });
    await expect.poll(() => laptop.heard.slice(from).map(({ event }) => event)).toContain("session:updated");
  });
});

describe("a merge whose opening is refused afterwards", () => {
  test("is told at once, and what the page held is shown anew at the next try", async () => {
    const visitor = await anonymous(house);
    const ada = await connected(house);
    await ada.page.send("mine");
    const [said] = await say(visitor.page, 1);
    await damage(house, visitor.id);
    const { device, visitorToken } = visitor;
    const client = await house.connect({ device, visitorToken, userToken: ada.token });
    expect(await client.refusal("session:open", {})).toMatchObject({ code: "internal" });
    expect((await client.event("session:ended")).reason).toBe("superseded");
    expect((await client.event("session:updated")).session.id).toBe(said?.sessionId);
    await mend(house, ada.id);
    const resume = { sessionId: said?.sessionId ?? "", rev: 2 };
    const snapshot = await client.open({ resume });
    expect(snapshot).toMatchObject({ reset: true, session: { id: said?.sessionId } });
    expect(snapshot.messages.map(({ author }) => author.id)).toEqual([ada.id]);
    expect(client.of("session:ended")).toHaveLength(1);
  });

  test("for coming too often has not happened yet: the visitor is who they were", async () => {
    const strict = await testGateway({
      limits: { ...NO_LIMITS, userConnectionsPerMinute: 1 },
      site: { bot: { kind: "none" } },
    });
    onTestFinished(() => strict.close());
    const visitor = await anonymous(strict);
    await say(visitor.page, 1);
    const ada = await unknownPerson();
    const first = await strict.connect({ device: ada.device, userToken: ada.token });
    await first.open();
    const { device, visitorToken } = visitor;
    const client = await strict.connect({ device, visitorToken, userToken: ada.token });
    expect(await client.refusal("session:open", {})).toMatchObject({ code: "rate_limited" });
    await say(visitor.page, 1);
    expect(visitor.page.of("closing")).toEqual([]);
  });
});

test("a device that has lost the baton elsewhere ends nothing, and cuts nobody's answer", async () => {
  const { target, drop } = await testDatabase();
  const near = await startTestGateway(target);
  onTestFinished(async () => {
    await near.close();
    await drop();
  });
  const ada = await person(near);
  const phone = await ada.arrive(newDevice("Phone"));
  const { message } = await phone.client.send("Tell me how it works");
  await phone.client.event("reply:delta");
  const far = await startTestGateway(target);
  try {
    const { client } = await ada.arrive(newDevice("Laptop"), { at: far });
    await client.ask("session:takeover", {});
    expect(await phone.client.refusal("session:close", {})).toMatchObject({ code: "not_active_device" });
    const reply = await eventually(async () => {
      const [row] = await near.sql<{ status: string }>`
        SELECT status FROM messages WHERE session_id = ${message.sessionId} AND author_kind = 'bot' AND status <> 'streaming'`;
      return row;
    }, "the reply should end");
    expect(reply.status).toBe("complete");
  } finally {
    await far.close();
  }
});

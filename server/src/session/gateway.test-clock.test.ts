/** POST /__test/clock, as sessions.md describes it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdTurns } from "../bot/heldTurns.fixture.ts";
import { PRESETS } from "../config/policy.ts";
import { advance, person } from "../device-lock/devices.fixture.ts";
import { newDevice } from "../testing/testClient.ts";
import { NO_LIMITS, startTestGateway, type TestGateway, testDatabase, testGateway } from "../testing/testGateway.ts";
import { insertMany } from "./manySessions.fixture.ts";
import { answeredVisitor, DAY, databaseNow, HOUR, MINUTE, rowOf } from "./silence.fixture.ts";

const SECOND = 1_000;
const testClock = true;
let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock }, site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

test("passes from one deadline to the next, of whomever, and answers when each has taken effect", async () => {
  const ada = await answeredVisitor(house);
  await advance(house, 10 * MINUTE);
  const bob = await answeredVisitor(house);
  const asked = await databaseNow(house.sql);
  await advance(house, 3 * HOUR);
  // The answer has come: nothing is left to wait for.
  for (const { sessionId } of [ada, bob]) expect(await rowOf(house.sql, sessionId)).toMatchObject({ state: "ended" });
  expect((await databaseNow(house.sql)) - asked - 3 * HOUR).toBeLessThan(10 * SECOND);
  for (const { client } of [ada, bob]) {
    await client.event("session:ended");
    const [warning] = client.of("session:warning");
    // Nobody who jumps over the warning's moment could tell two whole minutes.
    expect(2 * MINUTE - (warning?.remainingMs ?? 0)).toBeLessThan(30 * SECOND);
    expect(client.heard.map(({ event }) => event).filter((event) => event.startsWith("session:"))).toEqual([
      "session:updated",
      "session:warning",
      "session:idle",
      "session:ended",
    ]);
  }
});

test("asked twice at once, passes the time twice", async () => {
  const before = await databaseNow(house.sql);
  await Promise.all([advance(house, HOUR), advance(house, HOUR)]);
  const passed = (await databaseNow(house.sql)) - before;
  expect(passed).toBeGreaterThanOrEqual(2 * HOUR);
  expect(passed).toBeLessThan(2 * HOUR + MINUTE);
});

test("keeps the baton with the device that is there, and takes it from one that is not", async () => {
  const ada = await person(house);
  const phone = await ada.arrive(newDevice("Phone"));
  await advance(house, 5 * DAY);
  const laptop = await ada.arrive(newDevice("Laptop"));
  expect(laptop.snapshot.lock).toMatchObject({ mine: false, holder: { deviceId: phone.device.id } });
  phone.client.close();
  await phone.client.disconnected();
  await expect
    .poll(async () => {
      await advance(house, 25 * SECOND);
      return (await laptop.client.open()).lock.mine;
    })
    .toBe(true);
});

test("does not move how fast one may write", async () => {
  const limits = { ...NO_LIMITS, userMessageBurst: 2, userMessagesPerSecond: 0.01 };
  const own = await testGateway({ config: { testClock }, site: { bot: { kind: "none" } }, limits });
  try {
    const client = await own.visit();
    for (const text of ["one", "two"]) await client.send(text);
    expect((await client.refusal("message:send", { clientId: "three", text: "three" })).code).toBe("rate_limited");
    await advance(own, 10 * MINUTE);
    expect((await client.refusal("message:send", { clientId: "three", text: "three" })).code).toBe("rate_limited");
  } finally {
    await own.close();
  }
});

test("moves the leases of turns: what a dead node left is answered", async () => {
  const own = await testGateway({ config: { testClock } });
  try {
    const client = await own.visit();
    const held = await holdTurns(own.sql);
    const { message } = await client.send("hello");
    const taken = await own.sql`
      UPDATE turns SET state = 'running', attempt = 1, lease_until = baton_now() + interval '1 hour'
      WHERE session_id = ${message.sessionId} AND state = 'queued' RETURNING id`;
    expect(taken).toHaveLength(1);
    await held.release();
    await advance(own, HOUR + SECOND);
    await client.event(
      "message",
      (heard) => heard.message.author.kind === "bot" && heard.message.status === "complete",
    );
    expect(client.of("session:warning")).toEqual([]);
  } finally {
    await own.close();
  }
});

test("survives a restart with its data, and goes over thousands of deadlines without a step for each", async () => {
  const database = await testDatabase();
  const start = () => startTestGateway(database.target, { config: { testClock }, site: { bot: { kind: "none" } } });
  let node = await start();
  try {
    await advance(node, 60 * DAY);
    await node.close();
    node = await start();
    const answer = await fetch(`${node.url}/__test/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceMs: 0 }),
    });
    const { now } = (await answer.json()) as { now: string };
    expect(Date.parse(now) - Date.now()).toBeGreaterThan(60 * DAY - MINUTE);

    const count = 3_000;
    await insertMany(node.sql, { count, policy: PRESETS.support, dueInMs: SECOND, overMs: HOUR, prefix: "many-" });
    const begun = performance.now();
    await advance(node, 3 * HOUR);
    // A step for each deadline that follows from these would be 6,000 of them.
    expect(performance.now() - begun).toBeLessThan(20 * SECOND);
    const left = await node.sql`
      SELECT id, state, rev FROM sessions WHERE starts_with(id, 'many-')
        AND (state <> 'ended' OR ended_at <> idled_at + interval '90 minutes')`;
    expect(left).toEqual([]);
  } finally {
    await node.close();
    await database.drop();
  }
});

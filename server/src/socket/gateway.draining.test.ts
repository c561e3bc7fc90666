// A node that is told to go away: what it was asked is answered, who comes is told to come again, and probes see it.
import { nanoid } from "nanoid";
import { expect, inject, onTestFinished, test } from "vitest";
import { startTestGateway, testDatabase } from "../testing/testGateway.ts";

const options = { site: { bot: { kind: "none" as const } }, limits: { drainWindowMs: 5_000, drainNoticeMs: 1_500 } };

async function node() {
  const database = await testDatabase();
  const gateway = await startTestGateway(database.target, { ...options, redisUrl: inject("redisUrl") });
  onTestFinished(() => database.drop());
  return gateway;
}

test("what was committed is acknowledged before its sender is told when to come back", async () => {
  const house = await node();
  const people = await Promise.all(Array.from({ length: 8 }, () => house.visit()));
  const sends = people.flatMap((person) =>
    [1, 2, 3, 4].map(() => person.ask("message:send", { clientId: nanoid(), text: "hello" })),
  );
  await Promise.race(sends);
  const closed = house.gateway.close();
  const acked = (await Promise.allSettled(sends)).filter(({ status }) => status === "fulfilled").length;
  await Promise.all(people.map((person) => person.event("closing")));
  const told = people.map((person) => person.of("closing")[0]);
  await closed;
  for (const closing of told) {
    expect(closing).toMatchObject({ code: "draining", mayReturn: true });
    expect(closing?.reconnectAfterMs).toBeLessThanOrEqual(5_000);
  }
  // Whatever is in the transcript was acknowledged; what came too late was refused, and is sent again elsewhere.
  const [stored] = await house.sql<{ count: number }>`SELECT count(*)::int AS count FROM messages`;
  expect(acked).toBe(stored?.count);
  await house.close();
});

test("for a while probes see that it is not ready, and whoever comes is told to come again", async () => {
  const house = await node();
  const person = await house.visit();
  const closed = house.gateway.close();
  await person.event("closing");
  const ready = await fetch(`${house.url}/readyz`);
  expect(ready.status).toBe(503);
  const late = await house.connect();
  expect(await late.refusal("session:open", {})).toMatchObject({ code: "draining", retryable: true });
  await closed;
  await house.close();
});

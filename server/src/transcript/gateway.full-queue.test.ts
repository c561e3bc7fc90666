// A database that stands still while people write on: what waits for it is bounded, and nobody is told what is not so.
import type { VisitorData } from "@baton/shared/commands";
import type { Ack } from "@baton/shared/refusals";
import { expect, onTestFinished, test } from "vitest";
import { latch } from "../device-lock/devices.fixture.ts";
import type { TestClient } from "../testing/testClient.ts";
import { NO_LIMITS, testGateway } from "../testing/testGateway.ts";

const WAITING = 12;
const BEYOND = 5;
const full = {
  ok: false,
  error: { code: "rate_limited", retryable: true, retryAfterMs: expect.any(Number) },
};

type Sent = Ack<VisitorData<"message:send">>;

function send(who: TestClient, key: string): Promise<Sent> {
  return who.raw("message:send", { clientId: key, text: key }) as Promise<Sent>;
}

const named = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);

test("while Postgres stands still so many messages wait and the others are refused; each is stored once in the end", async () => {
  const house = await testGateway({
    site: { bot: { kind: "none" } },
    limits: { ...NO_LIMITS, waitingWrites: WAITING },
  });
  onTestFinished(() => house.close());
  const [ada, bob] = [await house.connect(), await house.visit()];
  const { user } = await ada.open();
  await ada.send("before");
  await bob.send("before");
  const [row] = await house.sql<{ id: string }>`SELECT id FROM sessions WHERE user_id = ${user.id}`;
  const rows = await latch(house.sql, { table: "sessions", of: row?.id ?? "" });
  onTestFinished(() => rows.open());

  const { answer: onItsWay } = await rows.queue(() => send(ada, "on-its-way"));
  const waiting = named("waits", WAITING).map((key) => send(ada, key));
  const beyond = named("beyond", BEYOND);
  // Answered while nothing moves, to whoever asks.
  for (const answer of await Promise.all(beyond.map((key) => send(ada, key)))) expect(answer).toMatchObject(full);
  expect(await send(bob, "of-somebody-else")).toMatchObject(full);

  await rows.open();
  const taken = await Promise.all([onItsWay, ...waiting]);
  expect(taken.map((ack) => ack.ok && [ack.data.message.text, ack.data.message.seq])).toEqual(
    ["on-its-way", ...named("waits", WAITING)].map((text, i) => [text, i + 2]),
  );
  for (const key of beyond) expect(await send(ada, key)).toMatchObject({ ok: true, data: { message: { text: key } } });
  expect(await send(bob, "of-somebody-else")).toMatchObject({ ok: true, data: { message: { seq: 2 } } });

  const stored = await house.sql<{ client_id: string; seq: number }>`
    SELECT client_id, seq FROM messages WHERE user_id = ${user.id} AND seq > 1 ORDER BY seq`;
  expect(stored).toEqual(
    ["on-its-way", ...named("waits", WAITING), ...beyond].map((key, i) => ({ client_id: key, seq: i + 2 })),
  );
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway();
});
afterAll(() => house.close());

test("the repeat of a message that cannot be read fails alone: what came with it is stored and acknowledged", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("hello");
  await house.sql`UPDATE messages SET body = ${Buffer.from("damaged")} WHERE id = ${message.id}`;
  const answers = await Promise.all(
    [message.clientId, "one", "two"].map((clientId) => ada.raw("message:send", { clientId, text: "again" })),
  );
  expect(answers).toMatchObject([{ ok: false, error: { code: "internal" } }, { ok: true }, { ok: true }]);
  const rows = await house.sql<{ client_id: string }>`
    SELECT client_id FROM messages WHERE session_id = ${message.sessionId} AND sender = 'visitor' ORDER BY seq`;
  expect(rows.map((row) => row.client_id)).toEqual([message.clientId, "one", "two"]);
});

import type { VisitorData } from "@baton/shared/commands";
import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DatabaseLink, databaseLink } from "../testing/databaseLink.ts";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, userToken } from "../testing/testGateway.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let link: DatabaseLink;
/** Sees the database through the link, and its witness beside it. */
let house: TestGateway;
let witness: TestGateway;
beforeAll(async () => {
  database = await testDatabase();
  link = await databaseLink(database.target);
  house = await startTestGateway(link.target);
  witness = await startTestGateway(database.target);
});
afterAll(async () => {
  await house.close();
  await witness.close();
  await link.close();
  await database.drop();
});

type Sent = VisitorData<"message:send">;
const away = { ok: false, error: { code: "storage_unavailable", retryable: true, retryAfterMs: expect.any(Number) } };

/** As a client with an outbox does: again and again under the same key, until it is acknowledged. */
async function untilTaken(who: TestClient, clientId: string): Promise<Sent> {
  let sent: Sent | undefined;
  await expect
    .poll(
      async () => {
        const answer = await who.raw("message:send", { clientId, text: clientId });
        if (answer.ok) sent = answer.data as Sent;
        else expect(answer).toMatchObject(away);
        return answer.ok;
      },
      { timeout: 15_000, interval: 20 },
    )
    .toBe(true);
  if (!sent) throw new Error("it was taken");
  return sent;
}

const visitorsRows = (sub: string) => witness.sql<{ seq: number; client_id: string }>`
  SELECT m.seq, m.client_id FROM messages m JOIN users u ON u.id = m.user_id
  WHERE u.external_id = ${sub} AND m.sender = 'visitor' ORDER BY m.seq`;

test("while connections to the database are ended amid sends, nothing acknowledged is lost or doubled", async () => {
  const auth = { userToken: await userToken("ada"), device: newDevice() };
  const tabs = await Promise.all([1, 2, 3, 4].map(() => house.visit(auth)));
  const sent: Sent[] = [];
  for (let round = 0; round < 8; round++) {
    const sending = Array.from({ length: 40 }, (_, i) => untilTaken(tabs[i % 4] ?? (tabs[0] as TestClient), nanoid()));
    const killed = witness.sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    sent.push(...(await Promise.all(sending)));
    await killed.catch(() => undefined);
  }
  const rows = await visitorsRows("ada");
  expect(rows.length).toBe(320);
  expect(rows.map((row) => [row.client_id, row.seq]).toSorted()).toEqual(
    sent.map(({ message }) => [message.clientId, message.seq]).toSorted(),
  );
  const all = await witness.sql<{ seq: number }>`
    SELECT m.seq FROM messages m JOIN users u ON u.id = m.user_id WHERE u.external_id = 'ada' ORDER BY m.seq`;
  expect(all.map((row) => row.seq)).toEqual(all.map((_, i) => i + 1));
});

test("P2: a message that was stored, but whose answer from the database was lost, is refused retryably and found again", async () => {
  const ada = await house.visit({ userToken: await userToken("bob") });
  await ada.send("first");
  for (let round = 0; round < 10; round++) {
    const clientId = nanoid();
    link.loseNextAnswer();
    const { message } = await untilTaken(ada, clientId);
    expect(message.clientId).toBe(clientId);
  }
  const rows = await visitorsRows("bob");
  expect(new Set(rows.map((row) => row.client_id)).size).toBe(11);
  expect(rows.length).toBe(11);
});

test("a first message whose answer was lost has not started two sessions", async () => {
  const ada = await house.visit({ userToken: await userToken("eve") });
  for (let lost = 0; lost < 6; lost++) {
    link.loseNextAnswer();
    await ada.raw("message:send", { clientId: "first", text: "first" });
  }
  await untilTaken(ada, "first");
  expect((await visitorsRows("eve")).length).toBe(1);
  const { sessions } = await ada.ask("history:sessions", {});
  expect(sessions.map(({ messageCount }) => messageCount)).toEqual([expect.any(Number)]);
});

test("while the database is gone every command is refused retryably and nobody is sent away; then all goes on", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("before");
  const { sessionId } = message;
  link.down();
  const commands = {
    "message:send": { clientId: "later", text: "later" },
    "message:edit": { messageId: message.id, text: "x" },
    "message:delete": { messageId: message.id },
    "message:feedback": { messageId: message.id, value: "up" },
    "reply:stop": { messageId: message.id },
    sync: { sessionId, rev: 0 },
    "history:page": { sessionId },
    "history:sessions": {},
    "receipt:read": { sessionId, seq: 1 },
    "draft:set": { text: "x" },
    "session:close": {},
    "session:rate": { sessionId, score: 1 },
    "session:open": {},
    "auth:logout": {},
  };
  for (const [name, payload] of Object.entries(commands))
    expect([name, await ada.raw(name, payload)]).toMatchObject([name, away]);
  // Somebody new is accepted all the same: a connect_error would end their reconnecting.
  const bob = await house.connect();
  const carol = await house.connect({ userToken: await userToken("carol") });
  expect(await bob.raw("session:open", {})).toMatchObject(away);
  expect(await carol.raw("session:open", {})).toMatchObject(away);
  expect((await fetch(`${house.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200);
  link.up();
  await untilTaken(ada, "later");
  for (const client of [bob, carol]) {
    await expect.poll(async () => (await client.raw("session:open", {})).ok, { timeout: 15_000 }).toBe(true);
  }
  const { messages } = await ada.open();
  expect(messages.filter(({ author }) => author.kind === "visitor").map(({ text }) => text)).toEqual([
    "before",
    "later",
  ]);
  expect([ada, bob, carol].flatMap((client) => client.of("closing"))).toEqual([]);
  expect((await fetch(`${house.url}/readyz`)).status).toBe(200);
});

// A batch takes no locks before it looks: what changes while it does is seen, and nothing is said at a wrong place.
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectPostgres, type DatabaseTarget, type Sql, type Tx } from "../postgres/connect.ts";
import { startTestGateway, type TestGateway, testDatabase } from "../testing/testGateway.ts";

let database: { target: DatabaseTarget; drop(): Promise<void> };
let gateway: TestGateway;
let sql: Sql;

beforeEach(async () => {
  database = await testDatabase();
  gateway = await startTestGateway(database.target, { site: { bot: { kind: "none" } } });
  sql = connectPostgres(database.target, 2);
});
afterEach(async () => {
  await Promise.all([gateway.close(), sql.end()]);
  await database.drop();
});

/** Resolves when somebody waits for a lock of this database. */
async function somebodyWaits(): Promise<void> {
  for (;;) {
    const [row] = await sql`
      SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    if (row) return;
  }
}

/** `send` meets the session's row while `change` is being committed to it, which is when it waits, and `isTime`. */
async function amid<T>(
  change: (tx: Tx) => Promise<unknown>,
  send: () => Promise<T>,
  isTime: () => boolean = () => true,
): Promise<T> {
  let sending: Promise<T> | undefined;
  await sql.begin(async (tx) => {
    await change(tx);
    sending = send();
    do await somebodyWaits();
    while (!isTime());
  });
  return sending as Promise<T>;
}

test("a word that meets its session while another node changes it comes after that change", async () => {
  const page = await gateway.visit();
  const { message: first } = await page.send("one");
  const { sessionId } = first;
  const { message } = await amid(
    (tx) => tx`UPDATE sessions SET rev = rev + 1 WHERE id = ${sessionId}`,
    () => page.send("two"),
  );
  expect(message).toMatchObject({ seq: 2, rev: 3 });
  const { rev, changes } = await page.ask("sync", { sessionId, rev: 0 });
  expect([rev, changes.map(({ text }) => text)]).toEqual([3, ["one", "two"]]);
});

test("so do all of its words, in their order, and nothing changes for others in the batch", async () => {
  const [page, other] = [await gateway.visit(), await gateway.visit()];
  const { message: first } = await page.send("one");
  await other.send("hello");
  const told = await amid(
    (tx) => tx`UPDATE sessions SET rev = rev + 1 WHERE id = ${first.sessionId}`,
    () => Promise.all([page.send("two"), other.send("there"), page.send("three")]),
  );
  expect(told.map(({ message: { seq, rev } }) => [seq, rev])).toEqual([
    [2, 3],
    [2, 2],
    [3, 4],
  ]);
});

test("a row that is held for long keeps nobody but its own person waiting", async () => {
  const [page, other] = [await gateway.visit(), await gateway.visit()];
  const { message: first } = await page.send("one");
  await other.send("hello");
  let meanwhile: number | undefined;
  const { message } = await amid(
    (tx) => tx`UPDATE sessions SET rev = rev + 1 WHERE id = ${first.sessionId}`,
    async () => {
      const sending = page.send("two");
      await somebodyWaits();
      meanwhile = (await other.send("there")).message.seq;
      return sending;
    },
    () => meanwhile !== undefined,
  );
  expect(meanwhile).toBe(2);
  expect(message).toMatchObject({ seq: 2, rev: 3 });
});

test("one that meets a takeover is refused", async () => {
  const page = await gateway.connect();
  const { visitorToken = "" } = await page.open();
  const { message } = await page.send("one");
  const laptop = await gateway.visit({ visitorToken });
  const { sessionId } = message;
  const refusal = await amid(
    async (tx) => {
      await tx`UPDATE users SET epoch = epoch + 1, active_device_id = ${laptop.deviceId} WHERE id = ${message.author.id}`;
      await tx`UPDATE sessions SET epoch = epoch + 1 WHERE id = ${sessionId}`;
    },
    () => page.refusal("message:send", { clientId: "too-late", text: "two" }),
  );
  expect(refusal.code).toBe("not_active_device");
  const { changes } = await laptop.ask("sync", { sessionId, rev: 0 });
  expect(changes.map(({ text }) => text)).toEqual(["one"]);
});

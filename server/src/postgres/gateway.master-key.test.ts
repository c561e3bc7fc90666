import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestGateway, testDatabase } from "../testing/testGateway.ts";
import { createVault } from "../transcript/vault.ts";
import { connectPostgres, type Sql } from "./connect.ts";
import { refuseOtherMasterKey } from "./masterKey.ts";
import { migrate } from "./migrate.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let sql: Sql;
beforeEach(async () => {
  database = await testDatabase();
  sql = connectPostgres(database.target, 4);
  await migrate(sql);
});
afterEach(async () => {
  await sql.end();
  await database.drop();
});

async function othersHere(): Promise<number | undefined> {
  const [row] = await sql<{ others: number }>`
    SELECT count(*)::int AS others FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'baton' AND pid <> pg_backend_pid()`;
  return row?.others;
}

test("the first key that a database meets stays its key", async () => {
  await refuseOtherMasterKey(sql, "first");
  await refuseOtherMasterKey(sql, "first");
  await expect(refuseOtherMasterKey(sql, "second")).rejects.toThrow("Set BATON_MASTER_KEY");
  await refuseOtherMasterKey(sql, "first");
});

test("of two nodes that start at once with different keys one is refused", async () => {
  const starts = await Promise.allSettled(["first", "second"].map((key) => refuseOtherMasterKey(sql, key)));
  expect(starts.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("a gateway whose master key is another does not start, and says nothing of either key", async () => {
  const other = createVault(Buffer.alloc(32, 9)).fingerprint;
  await refuseOtherMasterKey(sql, other);
  const start = startTestGateway(database.target);
  await expect(start).rejects.toThrow("sealed under another master key");
  await expect(start).rejects.not.toThrow(other);
  // Postgres counts a connection for a moment after it was closed.
  await expect.poll(() => othersHere()).toBe(0);
});

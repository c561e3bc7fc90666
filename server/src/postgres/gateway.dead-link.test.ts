import { afterAll, beforeAll, expect, test } from "vitest";
import { type DatabaseLink, databaseLink } from "../testing/databaseLink.ts";
import { testDatabase } from "../testing/testGateway.ts";
import { connectPostgres, type Sql } from "./connect.ts";
import { isStorageDown } from "./storageDown.ts";

let database: Awaited<ReturnType<typeof testDatabase>>;
let link: DatabaseLink;
/** One connection: what a dead one held up would hold up everything. */
let sql: Sql;
beforeAll(async () => {
  database = await testDatabase();
  link = await databaseLink(database.target);
  sql = connectPostgres(link.target, 1, 1_000);
});
afterAll(async () => {
  await sql.end();
  await link.close();
  await database.drop();
});

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("it was answered"),
    (error: unknown) => error,
  );

test("a statement on a link that says nothing any more is an outage, and the next has another connection", async () => {
  await sql`SELECT 1`;
  link.mute();
  expect(isStorageDown(await failureOf(sql`SELECT 1`))).toBe(true);
  expect(await sql`SELECT 2 AS n`).toEqual([{ n: 2 }]);
});

test("so is one inside a transaction, which does not wait a second time to roll back", async () => {
  const before = performance.now();
  const failure = await failureOf(
    sql.begin(async (tx) => {
      await tx`SELECT 1`;
      link.mute();
      await tx`SELECT 2`;
    }),
  );
  expect(isStorageDown(failure)).toBe(true);
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(await sql`SELECT 3 AS n`).toEqual([{ n: 3 }]);
});

test("a script, such as a migration, takes as long as it takes", async () => {
  await sql.script("SELECT pg_sleep(1.2)");
});

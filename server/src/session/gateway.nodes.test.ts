/** Two nodes, one database: each deadline takes effect once, whoever does it and whoever dies. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { advance, eventually } from "../device-lock/devices.fixture.ts";
import { connectPostgres, type DatabaseTarget, type Sql } from "../postgres/connect.ts";
import { databaseLink } from "../testing/databaseLink.ts";
import type { TestClient } from "../testing/testClient.ts";
import { nodesMeet, startTestGateway, type TestGateway, testDatabase } from "../testing/testGateway.ts";
import { insertMany, noteWrites } from "./manySessions.fixture.ts";
import { answer, HOUR, MINUTE } from "./silence.fixture.ts";
import { buildWall, isAtWall, standWall } from "./wall.fixture.ts";

const options = { config: { testClock: true }, site: { bot: { kind: "none" as const } } };
const policy = PRESETS.support;

type Database = { target: DatabaseTarget; drop(): Promise<void> };
let database: Database;
let sql: Sql;
beforeAll(async () => {
  database = await testDatabase();
  sql = connectPostgres(database.target, 3);
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

/** How often each change was written, over all of these sessions. */
async function writes(prefix: string): Promise<Record<string, number>> {
  const rows = await sql<{ what: string; count: number }>`
    SELECT what, count(*)::int AS count FROM (
      SELECT id, CASE WHEN warned THEN 'warned' ELSE state END AS what FROM noted WHERE starts_with(id, ${prefix})) AS n
    GROUP BY what`;
  return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
}

async function sessionsWrittenTwice(prefix: string): Promise<unknown[]> {
  return sql`
    SELECT id, state, warned, count(*) FROM noted WHERE starts_with(id, ${prefix})
    GROUP BY id, state, warned HAVING count(*) > 1`;
}

async function due(prefix: string): Promise<number> {
  const [row] = await sql<{ count: number }>`
    WITH clock AS MATERIALIZED (SELECT baton_now() AS now)
    SELECT count(*)::int AS count FROM sessions WHERE starts_with(id, ${prefix}) AND next_deadline_at <= (SELECT now FROM clock)`;
  return row?.count ?? 0;
}

const heardBy = (clients: readonly TestClient[], event: string) =>
  clients.flatMap(({ heard }) => heard).filter((heard) => heard.event === event).length;

describe("two nodes that both run", () => {
  let nodes: TestGateway[] = [];
  beforeAll(async () => {
    const first = await startTestGateway(database.target, options);
    nodes = [first, await startTestGateway(database.target, options)];
    await noteWrites(sql);
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
  });

  test.skipIf(nodesMeet)("P6: warn, idle and end each person once, and say so once", async () => {
    const [first, second] = nodes as [TestGateway, TestGateway];
    const people = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const [near, far] = i % 2 ? [first, second] : [second, first];
        const here = await near.connect();
        const { visitorToken = "" } = await here.open();
        const there = await far.visit({ visitorToken, device: { id: here.deviceId, label: "Test" } });
        const { message } = await here.send("hello");
        await answer(sql, message.sessionId);
        return [here, there];
      }),
    );
    await sql`DELETE FROM noted`;
    // Both nodes look twice a second by themselves; the clock makes one of them look at once.
    for (const ms of [29 * MINUTE, MINUTE, 2 * HOUR]) await advance(first, ms);
    expect(await writes("")).toEqual({ warned: 24, idle: 24, ended: 24 });
    const everybody = people.flat();
    await eventually(
      async () => (heardBy(everybody, "session:ended") >= 24 ? true : undefined),
      "everybody should hear of the end",
    );
    for (const event of ["session:warning", "session:idle", "session:ended"]) {
      for (const devices of people) expect([event, heardBy(devices, event)]).toEqual([event, 1]);
    }
  });

  test("share 20,000 that are due at once, and write each once", { timeout: 90_000 }, async () => {
    const count = 20_000;
    await sql`DELETE FROM noted`;
    await insertMany(sql, { count, policy, dueInMs: 0, prefix: "crowd-" });
    const isDone = async () => ((await due("crowd-")) === 0 ? true : undefined);
    await eventually(isDone, "they should all take effect", 60_000);
    const third = count / 3;
    const { warned = 0, idle = 0, ended = 0 } = await writes("crowd-");
    for (const share of [warned, idle, ended]) expect(Math.abs(share - third)).toBeLessThan(1);
    expect(warned + idle + ended).toBe(count);
    expect(await sessionsWrittenTwice("crowd-")).toEqual([]);
    const wrong = await sql`
      SELECT id FROM sessions WHERE starts_with(id, 'crowd-') AND NOT CASE
        WHEN state = 'open' THEN warned AND rev = 0 AND deadline_kind = 'idle' AND next_deadline_at = idle_at
        WHEN state = 'idle' THEN rev = 1 AND deadline_kind = 'end' AND next_deadline_at = idled_at + interval '90 minutes'
        ELSE rev = 1 AND next_deadline_at IS NULL AND ended_at = idled_at + interval '90 minutes' END`;
    expect(wrong).toEqual([]);
  });
});

test("P6: a node that is killed with sessions in its hands has done nothing; the other does it, once", async () => {
  const link = await databaseLink(database.target);
  const dying = await startTestGateway(link.target, options);
  await buildWall(sql, { like: "held-1" });
  const wall = await standWall(sql);
  await insertMany(sql, { count: 250, policy, dueInMs: -1_000, overMs: 500, prefix: "held-" });
  await eventually(async () => ((await isAtWall(sql)) ? true : undefined), "it should be amid its work");
  expect(await inHands("held-")).toBe(100);
  const living = await startTestGateway(database.target, options);
  try {
    await eventually(async () => ((await due("held-")) === 100 ? true : undefined), "the others are not held up");
    link.down();
    await wall.fall();
    await eventually(async () => ((await due("held-")) === 0 ? true : undefined), "something stayed due");
    const { warned = 0, idle = 0, ended = 0 } = await writes("held-");
    expect(warned + idle + ended).toBe(250);
    expect(await sessionsWrittenTwice("held-")).toEqual([]);
  } finally {
    await wall.fall();
    await living.close();
    link.up();
    await dying.close();
    await link.close();
  }
});

/** Locks what is free for a moment: a gateway that looks just then passes it over. */
async function inHands(prefix: string): Promise<number> {
  const [row] = await sql<{ held: number }>`
    SELECT (SELECT count(*) FROM sessions WHERE starts_with(id, ${prefix}))::int - (SELECT count(*)::int FROM (
      SELECT FROM sessions WHERE starts_with(id, ${prefix}) FOR UPDATE SKIP LOCKED) AS free) AS held`;
  return row?.held ?? 0;
}

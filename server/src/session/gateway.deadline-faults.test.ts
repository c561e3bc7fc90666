/** What goes wrong while deadlines take effect: a row that is damaged, and a commit that nobody answers. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import { advance, eventually } from "../device-lock/devices.fixture.ts";
import { connectPostgres, type DatabaseTarget, type Sql } from "../postgres/connect.ts";
import { type DatabaseLink, databaseLink } from "../testing/databaseLink.ts";
import { startTestGateway, type TestGateway, testDatabase } from "../testing/testGateway.ts";
import { insertMany } from "./manySessions.fixture.ts";
import { answeredVisitor, HOUR, MINUTE, rowOf } from "./silence.fixture.ts";

let database: { target: DatabaseTarget; drop(): Promise<void> };
let link: DatabaseLink;
let house: TestGateway;
/** Beside the link. */
let sql: Sql;
beforeAll(async () => {
  database = await testDatabase();
  link = await databaseLink(database.target);
  house = await startTestGateway(link.target, { config: { testClock: true }, site: { bot: { kind: "none" } } });
  sql = connectPostgres(database.target, 3);
});
afterAll(async () => {
  await house.close();
  await sql.end();
  await link.close();
  await database.drop();
});

test("a damaged row amid a batch keeps nobody's deadline back, and has its own once it is mended", async () => {
  await insertMany(sql, { count: 150, policy: PRESETS.support, kinds: ["idle"], dueInMs: HOUR });
  await sql`UPDATE sessions SET next_deadline_at = (SELECT max(next_deadline_at) FROM sessions)`;
  await sql`UPDATE sessions SET rev = 2147483647 WHERE id = 'many-42'`;
  await advance(house, HOUR + MINUTE);
  expect(await sql`SELECT id FROM sessions WHERE state <> 'idle'`).toEqual([{ id: "many-42" }]);
  await sql`UPDATE sessions SET rev = 0 WHERE id = 'many-42'`;
  await eventually(
    async () => ((await rowOf(sql, "many-42")).state === "idle" ? true : undefined),
    "once it is mended its deadline should take effect",
  );
});

test("where the end of a session was committed but never answered, its people are advised to sync", async () => {
  const { client, sessionId } = await answeredVisitor(house);
  await advance(house, 30 * MINUTE);
  await client.event("session:idle");
  const { rev } = await rowOf(sql, sessionId);
  const wall = await stopCommitOf(sessionId);
  const passing = advance(house, 90 * MINUTE).catch(() => {});
  await eventually(async () => ((await isCommitting()) ? true : undefined), "it should be amid its commit");
  // As `loseNextAnswer`, but it cannot be another's answer: the commit goes on, and nobody is there to hear of it.
  link.cut();
  await wall.fall();
  expect(await client.event("sync:advised")).toEqual({});
  await passing;
  expect(client.of("session:ended")).toEqual([]);
  const synced = await client.ask("sync", { sessionId, rev });
  expect(synced.session).toMatchObject({ id: sessionId, state: "ended", endReason: "timeout" });
  expect(client.of("sync:advised").length).toBe(1);
});

const WALL = 7;

/** Whoever has changed this session waits at the very end, in the commit. */
async function stopCommitOf(id: string): Promise<{ fall(): Promise<void> }> {
  await sql.script(`
    CREATE FUNCTION stop_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(${WALL});
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER stop_commit AFTER UPDATE ON sessions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.id = '${id}') EXECUTE FUNCTION stop_commit();`);
  let fall = () => {};
  const fallen = new Promise<void>((resolve) => {
    fall = resolve;
  });
  let done = Promise.resolve();
  await new Promise<void>((stands) => {
    done = sql.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock(${WALL})`;
      stands();
      await fallen;
    });
  });
  return {
    fall: async () => {
      fall();
      await done;
    },
  };
}

async function isCommitting(): Promise<boolean> {
  const waiting = await sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${WALL} AND NOT granted`;
  return waiting.length > 0;
}

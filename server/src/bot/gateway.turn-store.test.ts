import { afterEach, beforeEach, expect, test } from "vitest";
import { PRESETS } from "../config/policy.ts";
import type { Tx } from "../postgres/connect.ts";
import { MASTER_KEY, type TestGateway, testGateway } from "../testing/testGateway.ts";
import { createAppendQueue } from "../transcript/appendQueue.ts";
import { pgAppendStore } from "../transcript/pgAppend.ts";
import { createVault } from "../transcript/vault.ts";
import { holdTurns } from "./heldTurns.fixture.ts";
import { pgTurnStore } from "./pgTurns.ts";
import type { Finish, TurnStore } from "./turnStore.ts";

let house: TestGateway;
let store: TurnStore;

/** One message whose turn is due, and nobody but the test who looks for turns. */
beforeEach(async () => {
  house = await testGateway();
  const queue = createAppendQueue(
    pgAppendStore(house.sql, () => PRESETS.support),
    { maxWaiting: 100, onBatch() {} },
  );
  store = pgTurnStore(house.sql, { vault: createVault(MASTER_KEY), queue, policyOf: () => PRESETS.support });
  const ada = await house.visit();
  const held = await holdTurns(house.sql);
  await ada.send("one");
  await house.gateway.close();
  await held.release();
});
afterEach(() => house.close());

/** The first message once more, as the next one. */
async function sayAgain(sql: Tx | TestGateway["sql"]): Promise<void> {
  await sql`UPDATE sessions SET last_seq = 2, rev = rev + 1`;
  await sql`
    INSERT INTO messages (session_id, seq, rev, id, user_id, thread_id, sender, author_kind, kind, body, status, created_at)
    SELECT session_id, 2, rev + 1, 'two', user_id, thread_id, sender, author_kind, kind, body, status, created_at
    FROM messages WHERE seq = 1`;
}

async function claimOne() {
  const [turn] = await store.claim(10);
  if (!turn) throw new Error("no turn was due");
  return turn;
}

const done: Finish = {
  status: "complete",
  body: undefined,
  kind: "text",
  context: undefined,
  handoff: false,
  apology: undefined,
};

const turnsByState = () => house.sql`SELECT state, count(*)::integer AS count FROM turns GROUP BY state ORDER BY state`;

/** Whoever updates turns waits, with the snapshot of that statement, while another transaction holds this lock. */
const HELD_UP = `
  CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$;
  CREATE TRIGGER wait_for_test BEFORE UPDATE ON turns FOR EACH STATEMENT EXECUTE FUNCTION wait_for_test()`;

test("a message that joins the turn while it is being claimed is answered by it", async () => {
  const { sql } = house;
  await sql.script(HELD_UP);
  const { claiming } = await sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(1)`;
    const claiming = claimOne();
    const waiting = () => sql`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await expect.poll(async () => (await waiting()).length).toBe(1);
    await sayAgain(tx);
    await tx`UPDATE turns SET ready_at = ready_at`;
    return { claiming };
  });
  const turn = await claiming;
  const loaded = await store.load(turn);
  expect(loaded?.messages.map(({ seq }) => seq)).toEqual([1, 2]);
  await store.finish(turn, done);
  expect(await sql`SELECT answered_seq, awaiting FROM sessions`).toEqual([{ answered_seq: 2, awaiting: "visitor" }]);
  expect(await turnsByState()).toEqual([{ state: "done", count: 1 }]);
});

test("what a turn answers stays the same at every attempt", async () => {
  const { sql } = house;
  await store.load(await claimOne());
  await sayAgain(sql);
  await store.releaseAll();
  const again = await claimOne();
  expect(again.attempt).toBe(2);
  expect((await store.load(again))?.messages.map(({ seq }) => seq)).toEqual([1]);
});

test("a message beyond what the turn answers that has no turn gets one when it finishes", async () => {
  const turn = await claimOne();
  await store.load(turn);
  await sayAgain(house.sql);
  await store.finish(turn, done);
  expect(await turnsByState()).toEqual([
    { state: "done", count: 1 },
    { state: "queued", count: 1 },
  ]);
  expect(await house.sql`SELECT answered_seq, awaiting FROM sessions`).toEqual([{ answered_seq: 1, awaiting: "us" }]);
  const next = await claimOne();
  expect((await store.load(next))?.messages.map(({ seq }) => seq)).toEqual([2]);
});

test("a turn whose reply was stopped finishes without a word, and neither hands off nor remembers", async () => {
  const turn = await claimOne();
  const loaded = await store.load(turn);
  if (!loaded) throw new Error("it is ours");
  const { keys, id } = loaded.user;
  const begun = await store.beginReply(turn, {
    userId: id,
    site: turn.site,
    keys,
    epoch: null,
    sender: "bot",
    author: { kind: "bot", id: "bot", name: "Bot" },
    kind: "text",
    body: { text: "well" },
    status: "streaming",
    session: { id: turn.sessionId, named: true },
  });
  await house.sql`UPDATE messages SET status = 'interrupted' WHERE id = ${begun?.reply.id ?? ""}`;
  const finished = await store.finish(turn, { ...done, handoff: true, context: { step: 1 } });
  expect(finished).toMatchObject({ reply: undefined, isLate: true });
  expect(await house.sql`SELECT mode, context, answered_seq FROM sessions`).toEqual([
    { mode: "bot", context: {}, answered_seq: 1 },
  ]);
  expect(await turnsByState()).toEqual([{ state: "done", count: 1 }]);
});

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway, userToken } from "../testing/testGateway.ts";
import { hear, type View, viewOf } from "../testing/view.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway();
});
afterAll(() => house.close());

/** What a person does; numbers choose among what is there. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("send" as const), text: fc.string({ minLength: 1, maxLength: 30 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("edit" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("feedback" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("draft" as const), text: fc.string({ maxLength: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stop" as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("together" as const), count: fc.integer({ min: 2, max: 6 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A refusal is an answer like any other here: what counts is that everybody sees the same afterwards. */
async function perform(actor: TestClient, view: View, what: Step): Promise<void> {
  const messages = [...view.messages.values()];
  const chosen = "which" in what ? messages[what.which % Math.max(messages.length, 1)] : undefined;
  const messageId = chosen?.id ?? "none";
  switch (what.kind) {
    case "send":
      await actor.raw("message:send", { clientId: `c${Math.random()}`, text: `${what.text}.` });
      return;
    case "edit":
      await actor.raw("message:edit", { messageId, text: `edited ${what.which} ${Math.random()}` });
      return;
    case "delete":
      await actor.raw("message:delete", { messageId });
      return;
    case "feedback":
      await actor.raw("message:feedback", { messageId, value: what.which % 2 ? "up" : null });
      return;
    case "read":
      await actor.raw("receipt:read", { sessionId: view.session?.id ?? "none", seq: what.which });
      return;
    case "draft":
      await actor.raw("draft:set", { text: what.text });
      return;
    case "stop":
      await actor.raw("reply:stop", { messageId });
      return;
    case "close":
      await actor.raw("session:close", {});
      return;
    case "together":
      await Promise.all(Array.from({ length: what.count }, (_, i) => actor.send(`at once ${i}`)));
  }
}

/** The view of everything a client has heard so far. */
function now(start: View, client: TestClient, from: number): View {
  return client.heard.slice(from).reduce(hear, start);
}

const shown = (view: View) => ({
  session: view.session?.state === "ended" ? null : view.session,
  messages: [...view.messages.values()].toSorted((a, b) => a.seq - b.seq),
  receipts: [...view.receipts.values()],
});

/** Until no turn is owed and none runs, what is shown still moves. */
async function quiet(): Promise<void> {
  await expect
    .poll(async () => house.sql`SELECT id, state FROM turns WHERE state IN ('queued', 'running')`, { timeout: 30_000 })
    .toEqual([]);
}

test("a Snapshot and what was announced after it equal a fresh Snapshot, in random conversations", async () => {
  let person = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), fc.nat(24), async (steps, joinAt) => {
      const token = await userToken(`person-${person++}`);
      const actor = await house.connect({ userToken: token });
      const actorStart = viewOf(await actor.open());
      let watcher: { client: TestClient; start: View } | undefined;
      for (const [i, what] of steps.entries()) {
        if (i === Math.min(joinAt, steps.length - 1)) {
          const client = await house.connect({ userToken: token });
          watcher = { client, start: viewOf(await client.open()) };
        }
        await perform(actor, now(actorStart, actor, 0), what);
      }
      await quiet();
      const fresh = await house.connect({ userToken: token });
      const truth = shown(viewOf(await fresh.open()));
      for (const { client, start } of [{ client: actor, start: actorStart }, ...(watcher ? [watcher] : [])]) {
        // Everything that was announced has been heard once the same connection answers.
        await client.raw("draft:set", { text: "" });
        const seen = now(start, client, 0);
        expect(seen.gaps).toEqual([]);
        if (truth.session) expect(shown(seen)).toEqual({ ...truth, messages: truth.messages.slice(-50) });
        else expect(shown(seen).session).toBeNull();
      }
      for (const client of [actor, fresh, watcher?.client]) client?.close();
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 240_000);

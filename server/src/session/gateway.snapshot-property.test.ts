import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { advance, person } from "../device-lock/devices.fixture.ts";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { hear, type View, viewOf } from "../testing/view.ts";
import { HOUR, MINUTE } from "./silence.fixture.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true } });
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
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("close" as const, "start" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("resume" as const, "keepalive" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("takeover" as const, "typing" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("time" as const),
      afterAnswers: fc.boolean(),
      ms: fc.constantFrom(31_000, 28 * MINUTE, 30 * MINUTE, 90 * MINUTE, 3 * HOUR, 25 * HOUR),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("together" as const), count: fc.integer({ min: 2, max: 6 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
/** Each by one of two devices: the one without the baton is refused most things. */
const steps = fc.array(
  fc.tuple(
    step,
    fc.nat(3).map((n) => (n === 0 ? "phone" : "laptop")),
  ),
  {
    minLength: 5,
    maxLength: 25,
  },
);

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
    case "start":
    case "keepalive":
    case "takeover":
      await actor.raw(`session:${what.kind}`, {});
      return;
    case "resume":
      await actor.raw("session:resume", { sessionId: view.session?.id ?? "none" });
      return;
    case "typing":
      await actor.raw("typing:set", { typing: true });
      return;
    case "time":
      // Silence is warned of only where the answer has come.
      if (what.afterAnswers) await quiet();
      await advance(house, what.ms);
      return;
    case "together":
      await Promise.all(
        Array.from({ length: what.count }, (_, i) =>
          actor.raw("message:send", { clientId: `t${Math.random()}`, text: `at once ${i}` }),
        ),
      );
  }
}

/** The view of everything a client has heard so far. */
function now(start: View, client: TestClient): View {
  return client.heard.reduce(hear, copyOf(start));
}

const copyOf = (view: View): View => ({
  ...view,
  messages: new Map(view.messages),
  receipts: new Map(view.receipts),
  gaps: [...view.gaps],
});

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
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(24), async (all, joinAt) => {
      const ada = await person(house);
      const arrive = async (device = newDevice()) => {
        const { client, snapshot } = await ada.arrive(device);
        return { client, start: viewOf(snapshot) };
      };
      const laptop = await arrive();
      const devices = { laptop, phone: await arrive() };
      const watching = [laptop, devices.phone];
      for (const [i, [what, who]] of all.entries()) {
        if (i === Math.min(joinAt, all.length - 1)) watching.push(await arrive());
        const { client, start } = devices[who as keyof typeof devices];
        await perform(client, now(start, client), what);
      }
      await quiet();
      const fresh = await arrive();
      const truth = shown(fresh.start);
      for (const { client, start } of watching) {
        // Everything that was announced has been heard once the same connection answers.
        await client.raw("presence:set", { visible: true });
        const seen = now(start, client);
        expect(seen.gaps).toEqual([]);
        if (truth.session) expect(shown(seen)).toEqual({ ...truth, messages: truth.messages.slice(-50) });
        else expect(shown(seen).session).toBeNull();
      }
      for (const { client } of [...watching, fresh]) client.close();
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 240_000);

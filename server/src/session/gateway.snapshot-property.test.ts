import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { person } from "../device-lock/devices.fixture.ts";
import { newDevice } from "../testing/testClient.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { draftOf, type View } from "../testing/view.ts";
import { Page, perform, steps } from "./conversation.fixture.ts";

/** As many messages as a Snapshot shows. */
const LAST = 50;

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true } });
});
afterAll(() => house.close());

/** Of what goes on. An ended session is shown by nobody who comes anew. */
function shown({ session, messages, receipts, closesAt, resumableUntil }: View) {
  if (!session || session.state === "ended") return { session: null };
  return {
    session,
    messages: [...messages.values()].toSorted((a, b) => a.seq - b.seq).slice(-LAST),
    receipts: [...receipts.values()],
    closesAt,
    resumableUntil,
  };
}

/** Each device is told of it as its own, or as another's. */
function lockFor(deviceId: string, { lock }: View): View["lock"] {
  return { ...lock, mine: lock.holder?.deviceId === deviceId };
}

/** Until no turn is owed and none runs, what is shown still moves. */
async function quiet(): Promise<void> {
  await expect
    .poll(async () => house.sql`SELECT id, state FROM turns WHERE state IN ('queued', 'running')`, { timeout: 30_000 })
    .toEqual([]);
}

/** Everything that was announced has been heard once the same connection answers. */
async function compare(watching: readonly Page[], fresh: Page): Promise<void> {
  await Promise.all(watching.map(({ client }) => client.raw("presence:set", { visible: true })));
  for (const { client, view } of watching) {
    expect(view.gaps).toEqual([]);
    expect(shown(view)).toEqual(shown(fresh.view));
    expect(view.lock).toEqual(lockFor(client.deviceId, fresh.view));
    // What is typed is told to whoever may type.
    if (view.lock.mine) expect(view.draft).toEqual(draftOf(fresh.start.draft));
  }
}

test("a Snapshot and what was announced after it equal a fresh Snapshot, in random conversations", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(24), async (all, joinAt) => {
      const ada = await person(house);
      const arrive = async () => {
        const { client, snapshot } = await ada.arrive(newDevice());
        return new Page(client, snapshot);
      };
      const devices = { laptop: await arrive(), phone: await arrive() };
      const watching = [devices.laptop, devices.phone];
      const look = async () => {
        await quiet();
        const fresh = await arrive();
        await compare(watching, fresh);
        watching.push(fresh);
      };
      for (const [at, [what, who]] of all.entries()) {
        // Also amid an answer.
        if (at === Math.min(joinAt, all.length - 1)) watching.push(await arrive());
        // What somebody did about a silence, before the next one covers it.
        if (all[at - 2]?.[0].kind === "time") await look();
        await perform(devices[who], what, { at, house, quiet });
      }
      await look();
      for (const { client } of watching) client.close();
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 240_000);

// Nodes that do not hear each other: whoever was not told is advised to sync, within the time of one comparison.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DatabaseTarget } from "../postgres/connect.ts";
import type { TestClient } from "../testing/testClient.ts";
import { nodesMeet, startTestGateway, type TestGateway, testDatabase } from "../testing/testGateway.ts";

const options = { site: { bot: { kind: "none" as const } } };
let database: { target: DatabaseTarget; drop(): Promise<void> };
let first: TestGateway;
let second: TestGateway;

beforeEach(async () => {
  database = await testDatabase();
  first = await startTestGateway(database.target, options);
  second = await startTestGateway(database.target, options);
});
afterEach(async () => {
  await Promise.all([first.close(), second.close()]);
  await database.drop();
});

/** A comparison comes every 15 s, which is longer than tests wait for an event. */
async function advised(client: TestClient): Promise<void> {
  await expect.poll(() => client.of("sync:advised").length, { timeout: 25_000 }).toBeGreaterThan(0);
}

test.skipIf(nodesMeet)(
  "what was said and taken over on the other node is found by the sync that was advised",
  async () => {
    const phone = await first.connect();
    const { visitorToken = "" } = await phone.open();
    await phone.send("hello");
    const laptop = await second.visit({ visitorToken });
    const bystander = await second.visit();
    const { message } = await phone.send("not heard over there");
    await advised(laptop);
    const synced = await laptop.ask("sync", { sessionId: message.sessionId, rev: 1 });
    expect(synced.changes.map(({ text }) => text)).toEqual(["not heard over there"]);
    const { lock } = await laptop.ask("session:takeover", {});
    await advised(phone);
    const after = await phone.ask("sync", { sessionId: message.sessionId, rev: synced.rev });
    expect(after.lock).toMatchObject({ mine: false, epoch: lock.epoch });
    // Advised once for each, and nobody who missed nothing.
    expect(laptop.of("sync:advised")).toHaveLength(1);
    expect(bystander.of("sync:advised")).toEqual([]);
  },
  60_000,
);

test.skipIf(nodesMeet)(
  "a page that missed a word is advised to sync also where another page of its person has opened since, and was shown it",
  async () => {
    const phone = await first.connect();
    const { visitorToken = "" } = await phone.open();
    await phone.send("hello");
    const laptop = await second.visit({ visitorToken });
    const { message } = await phone.send("not heard over there");
    // As after its node was killed: the phone comes to the other one, where the laptop has been all along.
    const moved = await second.visit({ visitorToken, device: { id: phone.deviceId, label: "Test" } });
    await advised(laptop);
    const synced = await laptop.ask("sync", { sessionId: message.sessionId, rev: 1 });
    expect(synced.changes.map(({ text }) => text)).toEqual(["not heard over there"]);
    await Promise.all([moved, laptop].map((page) => page.close()));
  },
  60_000,
);

test.skipIf(nodesMeet)(
  "a page that shows no conversation is told of the one that began on the other node, and can ask for it",
  async () => {
    const phone = await first.connect();
    const { visitorToken = "" } = await phone.open();
    const laptop = await second.visit({ visitorToken });
    const { message } = await phone.send("hello");
    await advised(laptop);
    const { sessionId } = message;
    expect(laptop.of("session:updated")).toMatchObject([{ session: { id: sessionId, state: "open" }, rev: 0 }]);
    const synced = await laptop.ask("sync", { sessionId, rev: 0 });
    expect(synced.changes.map(({ text }) => text)).toEqual(["hello"]);
  },
  60_000,
);

test.skipIf(nodesMeet)(
  "a page that heard nothing of the end of its conversation, nor of the next, is told of both and can ask for all of them",
  async () => {
    const phone = await first.connect();
    const { visitorToken = "" } = await phone.open();
    const { message: hello } = await phone.send("hello");
    const laptop = await second.visit({ visitorToken });
    await phone.send("not heard over there");
    await phone.ask("session:close", { sessionId: hello.sessionId });
    const { message: next } = await phone.send("another matter");
    await advised(laptop);
    expect(laptop.of("session:ended")).toMatchObject([
      { session: { id: hello.sessionId, state: "ended" }, reason: "visitor", rev: 3 },
    ]);
    expect(laptop.of("session:updated")).toMatchObject([{ session: { id: next.sessionId }, rev: 0 }]);
    const ended = await laptop.ask("sync", { sessionId: hello.sessionId, rev: 1 });
    expect(ended.changes.map(({ text }) => text)).toEqual(["not heard over there"]);
    const begun = await laptop.ask("sync", { sessionId: next.sessionId, rev: 0 });
    expect(begun.changes.map(({ text }) => text)).toEqual(["another matter"]);
  },
  60_000,
);

/**
 * Three devices of a person, and two that meet, in an order that is forced: a row is held, both stand in line for it,
 * and are let in. On two nodes nothing but the rows is between them: the lock in memory and the rooms are each node's own.
 */
import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { PRESETS } from "../config/policy.ts";
import type { TestClient } from "../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, testSite } from "../testing/testGateway.ts";
import { type Latch, latch, type Person, rowsOf, threeDevices } from "./devices.fixture.ts";

/** Where opening the panel begins a session. */
const PANEL = testSite("panel", { bot: { kind: "none" }, policy: { ...PRESETS.support, startOn: "open" } });

export const WHERE = ["one node", "two nodes"] as const;
type Where = (typeof WHERE)[number];

export type Side = { client: TestClient; deviceId: string; epoch: number };
type Ack = { ok: boolean };

async function twoNodes() {
  const { target, drop } = await testDatabase();
  const options = { site: { bot: { kind: "none" } }, moreSites: [PANEL] } as const;
  const nodes = [await startTestGateway(target, options), await startTestGateway(target, options)] as const;
  return {
    nodes,
    async close() {
      for (const node of nodes) await node.close();
      await drop();
    },
  };
}

/** The two nodes of a test file. What is asked of it is about the standoff that was set last. */
export function createStage() {
  let all: Awaited<ReturnType<typeof twoNodes>>;
  let there: Standoff;
  beforeAll(async () => {
    all = await twoNodes();
  });
  afterAll(() => all.close());
  const house = () => all.nodes[0];
  return {
    async set(where: Where, site?: string): Promise<Standoff> {
      there = await standoff(all.nodes, where, site);
      return there;
    },
    holdUser: () => hold(house(), "users", there.userId),
    holdSession: () => hold(house(), "sessions", there.userId),
    onlyWriter: (winner: Side, epoch: number) => expectOnlyWriter(house(), there, winner, epoch),
    /** As the laptop would be shown them. */
    texts: () => textsIn(there),
    stored: () => rowsOf(house().sql, there.userId),
  };
}

export type Standoff = {
  readonly ada: Person;
  /** Where the laptop is. */
  readonly far: TestGateway;
  readonly userId: string;
  /** Has the baton; the laptop and the tablet watch. */
  readonly phone: Side;
  readonly laptop: Side;
  readonly tablet: Side;
};

async function standoff(
  [near, second]: readonly [TestGateway, TestGateway],
  where: Where,
  site?: string,
): Promise<Standoff> {
  const far = where === "two nodes" ? second : near;
  const { ada, phone, laptop, tablet } = await threeDevices(near, site);
  const side = ({ client, device, snapshot }: typeof phone): Side => {
    return { client, deviceId: device.id, epoch: snapshot.lock.epoch };
  };
  laptop.client.close();
  const there = await ada.arrive(laptop.device, { at: far, open: { claim: false } });
  const userId = phone.snapshot.user.id;
  return { ada, far, userId, phone: side(phone), tablet: side(tablet), laptop: side(there) };
}

async function hold(house: TestGateway, table: "users" | "sessions", userId: string): Promise<Latch> {
  const held = await latch(house.sql, { table, of: userId });
  onTestFinished(held.open);
  return held;
}

/** All stand in line; then the row is let go. */
export async function inOrder(held: Latch, ...starts: (() => Promise<unknown>)[]): Promise<Ack[]> {
  const answers: { answer: Promise<unknown> }[] = [];
  for (const start of starts) answers.push(await held.queue(start));
  await held.open();
  return (await Promise.all(answers.map(({ answer }) => answer))) as Ack[];
}

export function send({ client }: Side, text: string, clientId = nanoid()) {
  return client.raw("message:send", { clientId, text });
}

export function takeOver({ client }: Side, epoch?: number) {
  return client.raw("session:takeover", epoch === undefined ? {} : { epoch });
}

export const DONE = { ok: true };

export function refusedFor(winner: Side, epoch: number) {
  const lock = { holder: { deviceId: winner.deviceId }, epoch, mine: false };
  return { ok: false, error: { code: "not_active_device", details: { lock } } };
}

/** One device writes, and every other one is refused, in whatever state its node believes it. */
async function expectOnlyWriter(house: TestGateway, of: Standoff, winner: Side, epoch: number): Promise<void> {
  expect(await rowsOf(house.sql, of.userId)).toMatchObject({ epoch, active_device_id: winner.deviceId });
  for (const side of [of.phone, of.laptop, of.tablet]) {
    if (side === winner) continue;
    expect(await side.client.raw("draft:set", { text: "late" })).toMatchObject(refusedFor(winner, epoch));
  }
  expect(await send(winner, "mine")).toMatchObject(DONE);
  expect(await rowsOf(house.sql, of.userId)).toMatchObject({ epoch, session_epoch: epoch, state: "open" });
}

async function textsIn({ laptop }: Standoff): Promise<string[]> {
  return (await laptop.client.open({ claim: false })).messages.map(({ text }) => text);
}

import { newDevice, TestClient, type TestDevice } from "@baton/server/testing/testClient";
import { afterAll, afterEach, beforeAll, expect, onTestFailed, onTestFinished, test } from "vitest";
import { type Cluster, startCluster } from "./cluster/cluster.ts";
import type { ClusterNode } from "./cluster/node.ts";
import { faultsOf } from "./judge.ts";
import { subscribes } from "./proxies/tcpRules.ts";
import { Sender } from "./sender.ts";

const PEOPLE = 12;
const EACH = 10;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3 });
  for (const node of cluster.nodes) await node.sees("redis");
}, 120_000);

afterEach(() => expect(cluster.takeTroubles()).toEqual([]));

afterAll(() => cluster.close(), 60_000);

function nodeAt(index: number): ClusterNode {
  const node = cluster.nodes[index % cluster.nodes.length];
  if (!node) throw new Error("there are no nodes");
  return node;
}

/** One page of one person on each node: tabs of one device. */
async function onEveryNode(): Promise<TestClient[]> {
  const device = newDevice();
  return onEveryNodeWith(() => device);
}

async function onEveryNodeWith(deviceOf: () => TestDevice): Promise<TestClient[]> {
  const pages: TestClient[] = [];
  let visitorToken: string | undefined;
  for (const node of cluster.nodes) {
    const page = new TestClient(node.url, { device: deviceOf(), ...(visitorToken && { visitorToken }) });
    onTestFinished(() => {
      page.close();
      expect(page.faults).toEqual([]);
    });
    await page.connected();
    const snapshot = await page.open();
    visitorToken ??= snapshot.visitorToken;
    pages.push(page);
  }
  return pages;
}

async function everyoneHears(pages: readonly TestClient[], text: string): Promise<void> {
  await Promise.all(pages.map((page) => page.event("message", ({ message }) => message.text === text)));
}

test("tabs of one person on three nodes hear each other's words, each once and in order", async () => {
  onTestFailed(() => console.error(cluster.lastWords()));
  const pages = await onEveryNode();
  for (const [i, page] of pages.entries()) {
    const text = `from tab ${i}`;
    const others = pages.filter((other) => other !== page);
    await page.send(text);
    await everyoneHears(others, text);
  }
  for (const [i, page] of pages.entries()) {
    const heard = page.of("message").map(({ message }) => message.text);
    const said = pages.map((_, j) => `from tab ${j}`);
    expect(heard.filter((text) => text !== `from tab ${i}`)).toEqual(said.filter((text) => text !== `from tab ${i}`));
  }
});

test("three devices of one person on three nodes: one speaks, all hear, and the baton passes on from node to node", async () => {
  onTestFailed(() => console.error(cluster.lastWords()));
  const pages = await onEveryNodeWith(() => newDevice());
  const [first, second, third] = pages;
  if (!first || !second || !third) throw new Error("three were asked for");
  await first.send("from the first");
  await everyoneHears([second, third], "from the first");
  expect(await second.refusal("message:send", { clientId: "too-soon", text: "no" })).toMatchObject({
    code: "not_active_device",
  });
  const { lock } = await second.ask("session:takeover", {});
  await Promise.all([first, third].map((page) => page.event("lock:changed", (told) => told.lock.epoch === lock.epoch)));
  await second.send("from the second");
  await everyoneHears([first, third], "from the second");
  expect(await first.refusal("message:send", { clientId: "too-late", text: "no" })).toMatchObject({
    code: "not_active_device",
  });
});

test("a node whose listening link to Redis is cut hears again what is said on the others", async () => {
  onTestFailed(() => console.error(cluster.lastWords()));
  const [here, there] = await onEveryNode();
  const node = nodeAt(0);
  const listening = node.toRedis.links.filter(subscribes);
  expect(listening).toHaveLength(1);
  await Promise.all([here?.event("sync:advised"), node.toRedis.reset(subscribes)]);
  await there?.send("after the cut");
  await here?.event("message", ({ message }) => message.text === "after the cut");
  expect(node.toRedis.links.filter(subscribes)).toHaveLength(1);
});

type Moment = { readonly when: string; comes(doomed: ClusterNode, firstAck: Promise<void>): Promise<unknown> };

const MOMENTS: readonly Moment[] = [
  { when: "before anything is answered", comes: async () => {} },
  { when: "at the first ack", comes: (_, firstAck) => firstAck },
  {
    when: "when Postgres has committed, and it has not heard so",
    comes: (doomed) => doomed.toPostgres.apply({ direction: "down", do: { kind: "hold" } }).struck,
  },
];

/** Everybody says ten words, and the node is killed amid them. Resolves when all is answered, or the connection gone. */
async function speakAndKill(people: readonly Sender[], doomed: ClusterNode, { comes }: Moment): Promise<void> {
  let onAck = (): void => {};
  const firstAck = new Promise<void>((resolve) => {
    onAck = resolve;
  });
  const killed = comes(doomed, firstAck).then(() => doomed.kill());
  for (const person of people) for (let i = 0; i < EACH; i++) person.write();
  await Promise.all([killed, ...people.map((person) => person.flush(onAck))]);
}

test("each node is killed amid its people's words, and they go on elsewhere: nothing is lost, doubled or out of order", async () => {
  onTestFailed(() => console.error(cluster.lastWords()));
  const people = Array.from({ length: PEOPLE }, (_, i) => new Sender(nodeAt(i).url, i));
  onTestFinished(() => {
    for (const person of people) person.close();
  });
  const at = new Map(people.map((person, i) => [person, nodeAt(i)]));
  await Promise.all(people.map((person) => person.connect()));
  let unanswered = 0;
  for (const [i, moment] of MOMENTS.entries()) {
    const doomed = nodeAt(i);
    await speakAndKill(people, doomed, moment);
    const homeless = people.filter((person) => at.get(person) === doomed);
    unanswered += homeless.reduce((sum, { outbox }) => sum + outbox.length, 0);
    for (const [j, person] of homeless.entries()) {
      const elsewhere = nodeAt(i + 1 + (j % 2));
      at.set(person, elsewhere);
      await person.connect(elsewhere.url);
    }
    await Promise.all(people.map((person) => person.settle()));
    await cluster.heal();
  }
  // Of each of the people of two nodes at least.
  expect(unanswered).toBeGreaterThanOrEqual((2 * PEOPLE) / 3);
  const faults = await Promise.all(
    people.map(async (person) => faultsOf(person.name, person.acked, await person.transcript())),
  );
  expect(faults.flat()).toEqual([]);
  expect(people.flatMap((person) => person.acked)).toHaveLength(PEOPLE * EACH * MOMENTS.length);
}, 120_000);

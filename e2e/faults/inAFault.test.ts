// The rows of sessions.md, «In a fault», one by one: what people with a connection, people who come, and people who send are told.
import { setTimeout as sleep } from "node:timers/promises";
import { newDevice, TestClient, type TestDevice } from "@baton/server/testing/testClient";
import type { Ack } from "@baton/shared/refusals";
import type { Message } from "@baton/shared/visitor/shapes";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Cluster, configWithoutBot, startCluster } from "./cluster/cluster.ts";
import type { ClusterNode } from "./cluster/node.ts";
import { subscribes } from "./proxies/tcpRules.ts";

const API_KEY = "a-key-of-the-fault-tests-of-32-characters";
const MOST_CONNECTIONS = 4;
const REVOKED_WITHIN_MS = 10_000;
const DEAD_NODE_FORGOTTEN_WITHIN_MS = 15_000;
const LEASE_MS = 30_000;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, config: configOfHere });
  await allWell();
}, 60_000);

afterEach(async () => {
  await cluster.heal();
  await allWell();
  expect(cluster.takeTroubles()).toEqual([]);
}, 60_000);

afterAll(() => cluster.close(), 60_000);

function configOfHere(origins: readonly string[]): unknown {
  const config = configWithoutBot(origins) as { sites: object[]; limits: object };
  const apiKeys = [{ name: "tests", key: API_KEY, scopes: ["users:write"] }];
  return {
    sites: config.sites.map((site) => ({ ...site, apiKeys })),
    limits: { ...config.limits, userConnections: MOST_CONNECTIONS },
  };
}

async function allWell(): Promise<void> {
  await Promise.all(cluster.nodes.flatMap((node) => [node.sees("redis"), node.sees("database")]));
}

function nodeAt(index: number): ClusterNode {
  const node = cluster.nodes[index];
  if (!node) throw new Error(`there is no node ${index}`);
  return node;
}

type Coming = { device?: TestDevice; visitorToken?: string };

async function come(node: ClusterNode, { device = newDevice(), visitorToken }: Coming = {}) {
  const page = new TestClient(node.url, { device, ...(visitorToken !== undefined && { visitorToken }) });
  onTestFinished(() => {
    page.close();
    expect(page.faults).toEqual([]);
  });
  await page.connected();
  return { page, snapshot: await page.open() };
}

/** Two devices of one person; the first may speak, and has said something. */
async function twoDevices(first: ClusterNode, second: ClusterNode) {
  const one = await come(first);
  const visitorToken = one.snapshot.visitorToken ?? "";
  await one.page.send("hello");
  const other = await come(second, { visitorToken });
  expect(other.snapshot.lock.mine).toBe(false);
  return { speaker: one.page, watcher: other.page, visitorToken };
}

async function metric(node: ClusterNode, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  return text.split("\n").find((line) => line.startsWith(`${name} `));
}

async function readiness(node: ClusterNode) {
  const answer = await fetch(`${node.url}/readyz`);
  return { status: answer.status, body: (await answer.json()) as { status?: string; checks?: Record<string, string> } };
}

/** Sent again when the refusal says, as by a good client. @returns its seq */
async function keptAt(page: TestClient, word: { clientId: string; text: string }): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const answer = (await page.raw("message:send", word)) as Ack<{ message: Message }>;
    if (answer.ok) return answer.data.message.seq;
    expect(answer.error).toMatchObject({ code: "storage_unavailable", retryable: true });
    await sleep(answer.error.retryAfterMs);
  }
  throw new Error(`${word.clientId} was refused again and again`);
}

async function redisGone(): Promise<void> {
  await cluster.redis.kill();
  await Promise.all(cluster.nodes.map((node) => node.sees("redis", false)));
}

test("Redis gone: words are acknowledged and typing goes on on each node, which says that it is degraded, and advises to sync when Redis is back", async () => {
  const { speaker, watcher } = await twoDevices(nodeAt(0), nodeAt(0));
  const bystander = await come(nodeAt(1));
  await redisGone();
  for (const node of cluster.nodes) {
    expect(await readiness(node)).toMatchObject({ status: 200, body: { status: "degraded" } });
    expect((await readiness(node)).body.checks?.redis).not.toBe("ok");
    expect(await metric(node, "baton_redis_up")).toBe("baton_redis_up 0");
  }
  const { message } = await speaker.send("without Redis");
  await watcher.event("message", (told) => told.message.id === message.id);
  await speaker.ask("typing:set", { typing: true });
  await watcher.event("typing", ({ typing }) => typing);

  const advised = [speaker, watcher, bystander.page].map((page) => page.event("sync:advised"));
  await cluster.redis.start();
  await Promise.all(advised);
  await allWell();
  expect(await metric(nodeAt(0), "baton_redis_up")).toBe("baton_redis_up 1");
  expect((await readiness(nodeAt(0))).body.status).toBe("ready");
});

test("Redis gone: a second device that opens may not speak while the first is there, takes over by its button, and nobody takes it back from it", async () => {
  const one = await come(nodeAt(0));
  const visitorToken = one.snapshot.visitorToken ?? "";
  await one.page.send("hello");
  await redisGone();
  const { page, snapshot } = await come(nodeAt(1), { visitorToken });
  expect(snapshot.lock).toMatchObject({ mine: false, holder: { deviceId: one.page.deviceId } });
  expect(await page.refusal("message:send", { clientId: "too-soon", text: "no" })).toMatchObject({
    code: "not_active_device",
  });
  const { lock } = await page.ask("session:takeover", { epoch: snapshot.lock.epoch });
  expect(lock.mine).toBe(true);
  await page.send("from the second");
  // Its node has heard nothing of the takeover: the database decides.
  const late = await one.page.raw("message:send", { clientId: "too-late", text: "from the first" });
  expect(late).toMatchObject({ ok: false, error: { code: "not_active_device" } });
  await cluster.redis.start();
  await one.page.event("lock:changed", (told) => told.lock.epoch === lock.epoch && !told.lock.mine);
  await page.send("from the second, again");
});

test("Postgres gone: every answer is a refusal that may be tried again, never a lie, and afterwards everything goes on in order", async () => {
  const { page, snapshot } = await come(nodeAt(0));
  const { message } = await page.send("before");
  await cluster.postgres.stop();
  const words = Array.from({ length: 20 }, (_, i) => ({ clientId: `word-${i}`, text: `word ${i}` }));
  const refusals = await Promise.all(words.map((word) => page.refusal("message:send", word)));
  for (const refusal of refusals) expect(refusal).toMatchObject({ code: "storage_unavailable", retryable: true });
  expect(await nodeAt(0).isReady()).toBe(false);
  const late = new TestClient(nodeAt(1).url, {});
  onTestFinished(() => late.close());
  await late.connected();
  expect(await late.refusal("session:open", {})).toMatchObject({ code: "storage_unavailable", retryable: true });

  await cluster.postgres.start();
  await allWell();
  const seqs: number[] = [];
  for (const word of words) seqs.push(await keptAt(page, word));
  expect(seqs).toEqual(words.map((_, i) => message.seq + 1 + i));
  expect((await late.open()).user.id).not.toBe(snapshot.user.id);
});

test("what a frozen node still has in its ears is refused when it wakes: its device was taken over meanwhile", async () => {
  const { speaker, watcher } = await twoDevices(nodeAt(0), nodeAt(1));
  await nodeAt(0).freeze();
  const late = Promise.all([1, 2, 3].map((n) => speaker.raw("message:send", { clientId: `late-${n}`, text: "late" })));
  const { lock } = await watcher.ask("session:takeover", {});
  const { message } = await watcher.send("from the other");
  nodeAt(0).thaw();
  for (const answer of await late) expect(answer).toMatchObject({ ok: false, error: { code: "not_active_device" } });
  await speaker.event("lock:changed", (told) => told.lock.epoch === lock.epoch);
  const page = await watcher.ask("history:page", { sessionId: message.sessionId });
  expect(page.messages.map(({ text }) => text)).toEqual(["hello", "from the other"]);
});

test("P8: who is signed out is off on every node within 10 s, also when no node hears another", async () => {
  const first = await come(nodeAt(0));
  const visitorToken = first.snapshot.visitorToken ?? "";
  const pages = [first.page];
  for (const index of [1, 2]) pages.push((await come(nodeAt(index), { visitorToken })).page);
  for (const { toRedis } of cluster.nodes) {
    toRedis.apply({ links: subscribes, do: { kind: "reset" } });
    toRedis.reset(subscribes);
  }
  await Promise.all(cluster.nodes.map((node) => node.sees("redis", false)));
  const told = pages.map((page) => page.event("closing"));
  const gone = pages.map((page) => page.disconnected());
  const since = performance.now();
  const answer = await fetch(`${nodeAt(0).url}/v1/users/${first.snapshot.user.id}/sign-out`, {
    method: "POST",
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  expect(answer.status).toBe(200);
  for (const closing of await Promise.all(told)) expect(closing).toMatchObject({ code: "revoked", mayReturn: false });
  await Promise.all(gone);
  expect(performance.now() - since).toBeLessThan(REVOKED_WITHIN_MS);
});

test("a node that died holds nobody's connections any more after 15 s, nor a baton after its lease", async () => {
  const device = newDevice();
  const first = await come(nodeAt(0), { device });
  const visitorToken = first.snapshot.visitorToken ?? "";
  await first.page.send("hello");
  for (let tabs = 1; tabs < MOST_CONNECTIONS; tabs++) await come(nodeAt(0), { device, visitorToken });
  // As many as one may have, on a node that dies: the next one is one too many only while they count.
  const tooMany = async () => {
    const page = new TestClient(nodeAt(1).url, { device: newDevice(), visitorToken });
    onTestFinished(() => page.close());
    await page.connected();
    const ended = page.disconnected().then(() => undefined);
    return { page, snapshot: await Promise.race([page.open().catch(() => undefined), ended]) };
  };
  expect((await tooMany()).snapshot).toBeUndefined();
  await nodeAt(0).kill();
  const since = performance.now();
  let came = await tooMany();
  while (!came.snapshot && performance.now() < since + DEAD_NODE_FORGOTTEN_WITHIN_MS) came = await tooMany();
  expect(came.snapshot).toBeDefined();
  if (came.snapshot?.lock.holder === null || came.snapshot?.lock.mine) return;
  await heldByNobodyOf(came.page, since + LEASE_MS + DEAD_NODE_FORGOTTEN_WITHIN_MS);
}, 90_000);

async function heldByNobodyOf(page: TestClient, until: number): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const isLate = new Promise((_, reject) => {
    const ms = until - performance.now();
    late = setTimeout(() => reject(new Error(`after ${ms} ms it is still held`)), ms);
  });
  const isFree = new Promise<void>((resolve) => {
    const look = () => page.of("lock:changed").some(({ lock }) => lock.holder === null) && resolve();
    page.socket.on("lock:changed", look);
    look();
  });
  await Promise.race([isFree, isLate]).finally(() => clearTimeout(late));
  await page.send("now I may");
}

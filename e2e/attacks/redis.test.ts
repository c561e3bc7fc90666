// Anybody who reaches Redis can publish: on the adapter's channels, on the nodes', on any that their patterns take. Two real
// nodes throw it away and count it, and whoever is connected hears what people say, and nothing else.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { TestClient } from "@baton/server/testing/testClient";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../faults/cluster/cluster.ts";
import { figure } from "./figures.ts";
import { troubles } from "./harms.ts";

let cluster: Cluster;
let redis: Redis;
let laptop: TestClient;
let phone: TestClient;
let userId: string;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
  redis = new Redis({ port: cluster.redis.port, host: "127.0.0.1" });
  const [one = "", two = ""] = cluster.nodes.map(({ url }) => url);
  laptop = await new TestClient(one).connected();
  const opened = await laptop.open();
  userId = opened.user.id;
  phone = await new TestClient(two, { visitorToken: opened.visitorToken }).connected();
  await phone.open();
}, 60_000);
afterAll(async () => {
  laptop.close();
  phone.close();
  redis.disconnect();
  await cluster.close();
}, 60_000);

/** Whatever somebody listens to, and what the patterns would take: rooms of people who are there among it. */
async function listenedTo(): Promise<string[]> {
  const channels = (await redis.pubsub("CHANNELS", "*")) as string[];
  const bus = ["baton:bus#/visitor#", "baton:bus#/#", "baton:bus-request#/visitor#", "baton:bus-response#/visitor#"];
  const rooms = [`user:${userId}`, `device:${userId}:${phone.deviceId}`, String(phone.socket.id)];
  const ofRooms = rooms.map((room) => `baton:bus#/visitor#${room}#`);
  return [...new Set([...channels, ...bus, ...ofRooms, `baton:bus-response#/visitor#${"x".repeat(6)}#`])];
}

const rooms = () => [`user:${userId}`];
const packet = (...data: unknown[]) => ({ type: 2, nsp: "/visitor", data });

/** Of the adapter's own shape, but for one thing. */
function nearlyRight(): unknown[] {
  const opts = { rooms: rooms(), except: [], flags: {} };
  const notice = ["closing", { code: "revoked", message: "x", mayReturn: false }];
  return [
    ["x", packet("message", { message: 1, rev: "x" }), opts],
    ["x", packet("message", {}), opts],
    ["x", packet("closing", { code: "made-up", mayReturn: false }), opts],
    ["x", packet("nobody:declared", {}), opts],
    ["x", packet("__proto__", {}), opts],
    ["x", packet("connect", {}), opts],
    ["x", packet("disconnect", {}), opts],
    ["x", packet("session:updated", { session: null, rev: 1 }), opts],
    ["x", packet("sync:advised", {}, {}), opts],
    ["x", packet(), opts],
    ["x", { ...packet(...notice), type: 0 }, opts],
    ["x", { ...packet(...notice), type: 1 }, opts],
    ["x", { ...packet(...notice), type: 3, id: 1 }, opts],
    ["x", { ...packet(...notice), type: 4 }, opts],
    ["x", { ...packet(...notice), type: "2" }, opts],
    ["x", { ...packet(...notice), id: 1 }, opts],
    ["x", { ...packet(...notice), nsp: "/" }, opts],
    ["x", packet(...notice), { ...opts, rooms: [] }],
    ["x", packet(...notice), { ...opts, rooms: "user" }],
    ["x", packet(...notice), { ...opts, rooms: [1, null] }],
    ["x", packet(...notice), { ...opts, except: 7 }],
    ["x", packet(...notice), null],
    ["x", packet(...notice)],
    [7, packet(...notice), opts],
    [null, null, null],
  ];
}

/** The adapter's requests between nodes: each would act on people if it were listened to. */
const REQUESTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((type) => ({
  type,
  requestId: "x",
  uid: "x",
  sid: "x",
  rooms: [],
  opts: { rooms: [], except: [] },
  close: true,
  data: ["closing", {}],
}));

function garbage(): (string | Buffer)[] {
  const values = [null, true, 0, 1e308, "", "x", [], {}, [[]], [{}, {}, {}], { __proto__: null }, ...REQUESTS];
  const kinds = ["pulse", "baton", "revoked", "abandon", "clock", "__proto__", "toString"];
  const forNodes = kinds.flatMap((kind) => [{ kind }, { kind, from: 7 }, { kind, from: "x", userId: [], more: 1 }]);
  return [
    ...[...values, ...nearlyRight(), ...forNodes].map((value) => JSON.stringify(value)),
    "undefined",
    "{",
    '["x",{"type":2,"nsp":"/visitor","data":["closing"',
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    "[".repeat(20_000) + "]".repeat(20_000),
    Buffer.alloc(0),
    Buffer.from([0x93, 0xa1, 0x78, 0x80, 0x80]),
    randomBytes(64),
    randomBytes(5_000_000),
    `["x",${" ".repeat(3_000_000)}]`,
  ];
}

const dropped = async () => {
  const texts = await Promise.all(cluster.nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  return texts.map((text) => figure(text, "baton_redis_dropped_total"));
};

/** Until both nodes have read what waits for them: megabytes of it would look like a Redis that is slow. */
async function untilRead(): Promise<void> {
  for (let last = "", now = String(await dropped()); now !== last; now = String(await dropped())) {
    last = now;
    await sleep(100);
  }
}

test("garbage on every channel that a node listens to reaches nobody, ends nothing and is counted", async () => {
  await laptop.send("before");
  await phone.event("message", ({ message }) => message.text === "before");
  const pids = cluster.nodes.map(({ pid }) => pid);
  const heard = [laptop.heard.length, phone.heard.length];
  const before = await dropped();
  const channels = await listenedTo();
  expect(channels.length).toBeGreaterThan(5);
  const all = garbage();
  for (const channel of channels) {
    for (const said of all) await redis.publish(channel, said);
    await untilRead();
  }
  // What is said after it on the same bus is heard after it.
  await laptop.send("after");
  await phone.event("message", ({ message }) => message.text === "after");
  expect(laptop.heard.slice(heard[0]).map(({ event }) => event)).toEqual(["message"]);
  expect(phone.heard.slice(heard[1]).map(({ event }) => event)).toEqual(["message"]);
  expect([...laptop.faults, ...phone.faults]).toEqual([]);
  const after = await dropped();
  for (const [i, count] of after.entries()) expect(count - (before[i] ?? 0)).toBeGreaterThan(100);
  expect(cluster.nodes.map(({ pid }) => pid)).toEqual(pids);
});

test("afterwards both nodes are ready, hear each other both ways, and have complained of nothing", async () => {
  for (const node of cluster.nodes) {
    expect(await node.checks()).toMatchObject({ redis: "ok", database: "ok" });
    expect(troubles(node.output.split("\n"))).toEqual([]);
  }
  await phone.ask("session:takeover", {});
  await laptop.event("lock:changed", ({ lock }) => !lock.mine);
  const { message } = await phone.send("from the phone");
  await laptop.event("message", (told) => told.message.id === message.id);
  expect(message.seq).toBe(3);
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { TestClient } from "@baton/server/testing/testClient";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { says } from "../proxies/tcpRules.ts";
import { type Cluster, startCluster } from "./cluster.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
}, 60_000);

afterAll(() => cluster.close());

function nodeAt(index: number) {
  const node = cluster.nodes[index];
  if (!node) throw new Error(`there is no node ${index}`);
  return node;
}

async function visitor(url: string): Promise<TestClient> {
  const client = new TestClient(url);
  onTestFinished(() => client.close());
  await client.connected();
  await client.open();
  return client;
}

test("each node serves visitors, over links of its own to one Postgres", async () => {
  for (const node of cluster.nodes) {
    const { message } = await (await visitor(node.url)).send("hello");
    expect(message.seq).toBe(1);
    expect(node.toPostgres.links.length).toBeGreaterThan(0);
  }
  const [row] = await cluster.postgres.sql<{ count: string }>`SELECT count(*) FROM messages`;
  expect(row?.count).toBe("2");
});

test("a node that is killed is gone, its port is free for it, and the other goes on", async () => {
  const node = nodeAt(0);
  const before = node.pid;
  const client = await visitor(node.url);
  const lost = client.disconnected();
  await node.kill();
  await lost;
  expect(await node.isReady()).toBe(false);
  expect(await nodeAt(1).isReady()).toBe(true);
  await node.start();
  expect(node.pid).not.toBe(before);
  expect(await node.isReady()).toBe(true);
});

test("a frozen node says nothing, and goes on where it was", async () => {
  const node = nodeAt(0);
  const client = await visitor(node.url);
  await node.freeze();
  const answer = client.send("hello");
  // The other has answered meanwhile: this one could have.
  await (await visitor(nodeAt(1).url)).send("aside");
  const state = () => readFileSync(`/proc/${node.pid}/stat`, "utf8");
  expect(process.platform === "linux" && state()).toContain(") T ");
  node.thaw();
  expect((await answer).message.text).toBe("hello");
});

/** A gateway that does at SIGUSR2 what none ever should. */
function faultyMain(): string {
  const main = createRequire(import.meta.url).resolve("@baton/server/main");
  const folder = mkdtempSync(join(tmpdir(), "baton-faulty-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "main.mjs");
  const reject = `process.on("SIGUSR2", () => void Promise.reject(new Error("nobody hears")));`;
  const warn = `process.on("SIGUSR2", () => process.emitWarning("too many", "MaxListenersExceededWarning"));`;
  writeFileSync(file, [`import ${JSON.stringify(pathToFileURL(main).href)};`, reject, warn].join("\n"));
  return file;
}

test("a rejection that nobody hears, a warning of Node's and a crash are troubles; what a test does to a node is none", async () => {
  const node = nodeAt(0);
  await node.freeze();
  node.thaw();
  await node.restart(faultyMain());
  expect(cluster.takeTroubles()).toEqual([]);
  const told: string[] = [];
  const isTold = async (what: string) => {
    while (!told.some((words) => words.startsWith("node1: ") && words.includes(what))) {
      await sleep(20);
      told.push(...cluster.takeTroubles());
    }
  };
  process.kill(node.pid ?? 0, "SIGUSR2");
  for (const what of ["nobody hears", "MaxListenersExceededWarning"]) await isTold(what);
  process.kill(node.pid ?? 0, "SIGABRT");
  await isTold("it crashed: SIGABRT");
  await node.start();
});

test("a killed Postgres keeps what was committed", async () => {
  const client = await visitor(nodeAt(0).url);
  const { message } = await client.send("kept");
  await cluster.postgres.kill();
  expect(cluster.postgres.pid()).toBeUndefined();
  await cluster.postgres.start();
  const rows = await cluster.postgres.sql`SELECT id FROM messages WHERE id = ${message.id}`;
  expect(rows).toEqual([{ id: message.id }]);
});

test("a commit whose answer is lost on the way is found again by the repeat", async () => {
  const node = nodeAt(0);
  const client = await visitor(node.url);
  const { message: first } = await client.send("before");
  // Statements are prepared: what tells one from another on the wire is what it carries.
  const appended = says('"client_id":"told-twice"');
  const rule = node.toPostgres.apply({ on: appended, times: 1, do: { kind: "dropReply", link: "cut" } });
  const refusal = await client.refusal("message:send", { clientId: "told-twice", text: "told twice" });
  expect(refusal).toMatchObject({ code: "storage_unavailable", retryable: true });
  expect(rule.strikes).toBe(1);
  const kept = await cluster.postgres.sql`SELECT seq FROM messages WHERE client_id = 'told-twice'`;
  expect(kept).toEqual([{ seq: first.seq + 1 }]);
  const again = await client.send("told twice", { clientId: "told-twice" });
  expect(again.message.seq).toBe(first.seq + 1);
  const next = await client.send("after");
  expect(next.message.seq).toBe(first.seq + 2);
});

test("Redis forgets or remembers as it was told, on its port", async () => {
  const { redis } = cluster;
  await redis.ask("SET", "word", "kept in memory alone");
  await redis.restart();
  expect(await redis.ask("GET", "word")).toBeNull();
});

test("a cluster that is closed leaves no process, no port and no folder", async () => {
  const other = await startCluster({ nodes: 1, redis: { persistence: "aof", isCluster: true } });
  const { pids, redis } = other;
  expect(pids).toHaveLength(3);
  await other.nodes[0]?.sees("redis");
  await redis.ask("SET", "word", "kept");
  await redis.restart();
  expect(await redis.ask("GET", "word")).toBe("kept");
  await redis.restart({ empty: true });
  expect(await redis.ask("GET", "word")).toBeNull();
  await other.nodes[0]?.freeze();
  const pidsAtTheEnd = other.pids;
  await other.close();
  expect([...pids, ...pidsAtTheEnd].filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(other.pids).toEqual([]);
});

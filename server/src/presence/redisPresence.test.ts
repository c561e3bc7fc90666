// On a real Redis, and on one in cluster mode.
import { afterAll, describe, expect, inject, test } from "vitest";
import type { RedisLink } from "../redis/connect.ts";
import { keys } from "../redis/keys.ts";
import { linkToRedis, PATIENT } from "../testing/redisServer.ts";
import { PATIENCE_MS } from "./patience.ts";
import type { PresentConnection } from "./presence.ts";
import { RedisPresence } from "./redisPresence.ts";

const plain = await linkToRedis(inject("redisUrl"), PATIENT);
const cluster = await linkToRedis(inject("redisClusterUrl"), PATIENT);
afterAll(() => {
  for (const link of [plain, cluster]) link.end();
});

let count = 0;
const name = (of: string) => `${of}-${process.pid}-${count++}`;

type Here = Iterable<{ userId: string; connection: PresentConnection }>;

type With = { here?: Here; redis?: RedisLink["commands"]; patienceMs?: number };

async function nodeOn(
  link: RedisLink,
  { here = [], redis = link.commands, patienceMs = PATIENT.patienceMs }: With = {},
) {
  const nodeId = name("n");
  let dropped = 0;
  const gone = new Set<string>();
  const presence = new RedisPresence({
    redis,
    nodeId,
    here: () => here,
    isHere: (connectionId) => !gone.has(connectionId),
    isAnswering: () => true,
    patienceMs,
    dropped: () => {
      dropped += 1;
    },
  });
  const live = () => link.commands.set(keys.node(nodeId), "alive", "PX", 10_000);
  await live();
  /** Closes a connection here. */
  const leave = (userId: string, connectionId: string): void => {
    gone.add(connectionId);
    presence.forget(userId, connectionId);
  };
  return { presence, nodeId, live, leave, gone, dropped: () => dropped };
}

const phone = (connectionId: string): PresentConnection => ({
  connectionId,
  deviceId: "phone",
  label: "Safari on iPhone",
  tab: "t1",
  visible: true,
});

const seen = (look: () => Promise<readonly PresentConnection[]>) =>
  expect.poll(look, { timeout: 10_000, interval: 10 });

/** After what is done by now has been heard of. */
const soon = <T>(value: T) => new Promise<T>((resolve) => setImmediate(() => resolve(value)));

/** A Redis of which some commands do something else. */
function instead(link: RedisLink, commands: Record<string, unknown>): RedisLink["commands"] {
  return new Proxy(link.commands, { get: (redis, name) => Reflect.get(name in commands ? commands : redis, name) });
}

describe.each([
  { where: "a Redis", link: plain },
  { where: "a Redis cluster", link: cluster },
])("in $where", ({ link }) => {
  test("who is connected here is seen elsewhere, with device, tab and whether it is seen, and not by itself", async () => {
    const [one, two, ada] = [await nodeOn(link), await nodeOn(link), name("ada")];
    one.presence.note(ada, phone("c1"));
    await seen(() => two.presence.elsewhere(ada)).toEqual([phone("c1")]);
    expect(await one.presence.elsewhere(ada)).toEqual([]);
    one.presence.note(ada, { ...phone("c1"), visible: false });
    await seen(() => two.presence.elsewhere(ada)).toEqual([{ ...phone("c1"), visible: false }]);
    one.presence.forget(ada, "c1");
    await seen(() => two.presence.elsewhere(ada)).toEqual([]);
  });

  test("who joins is let in while there is room over all nodes, and is seen elsewhere; asked again, they are in", async () => {
    const [one, two, ada] = [await nodeOn(link), await nodeOn(link), name("ada")];
    expect(await one.presence.join(ada, phone("c1"), 2)).toBe("in");
    expect(await two.presence.join(ada, phone("c2"), 2)).toBe("in");
    expect(await one.presence.join(ada, phone("c3"), 2)).toBe("full");
    expect(await one.presence.join(ada, phone("c1"), 2)).toBe("in");
    expect(await two.presence.elsewhere(ada)).toEqual([phone("c1")]);
    one.presence.forget(ada, "c1");
    expect(await one.presence.join(ada, phone("c3"), 2)).toBe("in");
  });

  test("of many who join on two nodes at once as many as there is room for are let in", async () => {
    const [one, two, ada] = [await nodeOn(link), await nodeOn(link), name("ada")];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 ? one : two).presence.join(ada, phone(`c${i}`), 20)),
    );
    expect(answers.filter((room) => room === "in")).toHaveLength(20);
    expect(await link.commands.hlen(keys.presence(ada))).toBe(20);
  });

  test("whoever was connected to a node that died takes nobody's room", async () => {
    const [dying, two, ada] = [await nodeOn(link), await nodeOn(link), name("ada")];
    expect(await dying.presence.join(ada, phone("c1"), 1)).toBe("in");
    await link.commands.del(keys.node(dying.nodeId));
    expect(await two.presence.join(ada, phone("c2"), 1)).toBe("in");
  });

  test("a string in the place of those who are there keeps nobody out", async () => {
    const [one, ada] = [await nodeOn(link), name("ada")];
    await link.commands.set(keys.presence(ada), "garbage");
    expect(await one.presence.join(ada, phone("c1"), 1)).toBe("in");
    expect(await one.presence.join(ada, phone("c2"), 1)).toBe("full");
    expect(one.dropped()).toBe(1);
  });

  test("whoever was connected to a node that died is nobody's, and is thrown away by whoever looks", async () => {
    const [dying, two, ada] = [await nodeOn(link), await nodeOn(link), name("ada")];
    dying.presence.note(ada, phone("c1"));
    await seen(() => two.presence.elsewhere(ada)).toHaveLength(1);
    await link.commands.del(keys.node(dying.nodeId));
    await seen(() => two.presence.elsewhere(ada)).toEqual([]);
    expect(await link.commands.hlen(keys.presence(ada))).toBe(0);
  });

  test("a node that was taken for dead, or whose Redis was emptied, says all its connections anew", async () => {
    const [ada, bob] = [name("ada"), name("bob")];
    const here = [ada, bob].map((userId) => ({ userId, connection: phone(`c-${userId}`) }));
    const [one, two] = [await nodeOn(link, { here }), await nodeOn(link)];
    await one.presence.noteAll();
    for (const user of [ada, bob]) await seen(() => two.presence.elsewhere(user)).toEqual([phone(`c-${user}`)]);
  });

  test("who leaves while all are said anew is not said to be here", async () => {
    const ada = name("ada");
    const here = new Set(Array.from({ length: 600 }, (_, i) => ({ userId: ada, connection: phone(`c${i}`) })));
    const leave = (): void => {
      for (const entry of here) if (entry.connection.connectionId === "c599") here.delete(entry);
      one.leave(ada, "c599");
    };
    let isFirst = true;
    const hset = (...of: [string, string, string]) => {
      if (isFirst) queueMicrotask(leave);
      isFirst = false;
      return link.commands.hset(...of);
    };
    const one = await nodeOn(link, { here, redis: instead(link, { hset }) });
    await one.presence.noteAll();
    expect(await link.commands.hlen(keys.presence(ada))).toBe(599);
    expect(await link.commands.hexists(keys.presence(ada), `${one.nodeId} c599`)).toBe(0);
  });

  test("whoever was written down here and is not here takes nobody's room", async () => {
    const [one, ada] = [await nodeOn(link), name("ada")];
    expect(await one.presence.join(ada, phone("c1"), 1)).toBe("in");
    expect(await one.presence.join(ada, phone("c2"), 1)).toBe("full");
    one.gone.add("c1");
    expect(await one.presence.join(ada, phone("c2"), 1)).toBe("in");
  });

  test("who left while Redis did not answer is taken out by the next of the user who joins, or with all others", async () => {
    let isAway = false;
    const hdel = (...of: [string, string]) => (isAway ? Promise.reject(new Error("away")) : link.commands.hdel(...of));
    const one = await nodeOn(link, { redis: instead(link, { hdel }) });
    for (const mend of [(user: string) => one.presence.join(user, phone("c2"), 20), () => one.presence.noteAll()]) {
      const ada = name("ada");
      await one.presence.join(ada, phone("c1"), 20);
      isAway = true;
      one.leave(ada, "c1");
      isAway = await soon(false);
      await mend(ada);
      const left = () => link.commands.hexists(keys.presence(ada), `${one.nodeId} c1`);
      await expect.poll(left, { timeout: 10_000, interval: 10 }).toBe(0);
      one.gone.delete("c1");
    }
  });

  test("who was not waited for, and has left since, is not written down by the answer that comes late", async () => {
    let answer = () => {};
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let hasRead = () => {};
    const read = new Promise<void>((resolve) => {
      hasRead = resolve;
    });
    const hlen = (key: string) => late.then(() => link.commands.hlen(key));
    const hgetall = (key: string) => link.commands.hgetall(key).finally(hasRead);
    const redis = instead(link, { hlen, hgetall });
    const [one, ada] = [await nodeOn(link, { redis, patienceMs: PATIENCE_MS }), name("ada")];
    one.presence.note(ada, phone("c1"));
    await expect.poll(() => link.commands.hlen(keys.presence(ada)), { interval: 10 }).toBe(1);
    expect(await one.presence.join(ada, phone("c2"), 1)).toBe("unknown");
    for (const left of ["c2", "c1"]) one.leave(ada, left);
    answer();
    await read;
    await soon(undefined);
    expect(await link.commands.hgetall(keys.presence(ada))).toEqual({});
  });

  test.each<[string, (key: string, nodeId: string) => Promise<unknown>]>([
    ["a string in its place", (key) => link.commands.set(key, "garbage")],
    ["a value that is no JSON", (key, nodeId) => link.commands.hset(key, `${nodeId} c9`, "{")],
    ["a value of another shape", (key, nodeId) => link.commands.hset(key, `${nodeId} c9`, '{"deviceId":7}')],
    [
      "ten thousand fields",
      (key) => link.commands.hset(key, Object.fromEntries([...Array(10_000).keys()].map((i) => [`f${i}`, "x"]))),
    ],
  ])("%s is counted and thrown away", async (_, spoil) => {
    const [one, two, ada] = [await nodeOn(link), await nodeOn(link), name("ada")];
    await spoil(keys.presence(ada), one.nodeId);
    await seen(() => two.presence.elsewhere(ada)).toEqual([]);
    await expect.poll(two.dropped, { timeout: 10_000 }).toBeGreaterThan(0);
    one.presence.note(ada, phone("c1"));
    await seen(() => two.presence.elsewhere(ada)).toEqual([phone("c1")]);
  });
});

test("where Redis cannot be reached nobody is elsewhere, and nothing is thrown", async () => {
  const gone = await linkToRedis(inject("redisUrl"));
  const { presence } = await nodeOn(gone);
  gone.end();
  presence.note("ada", phone("c1"));
  presence.forget("ada", "c1");
  await presence.noteAll();
  expect(await presence.elsewhere("ada")).toEqual([]);
  expect(await presence.join("ada", phone("c1"), 1)).toBe("unknown");
});

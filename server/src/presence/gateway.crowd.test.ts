// One person's connections over two nodes: as many as one may have, never one more, and none fewer.
import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { PATIENT } from "../testing/redisServer.ts";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { NO_LIMITS, startTestGateway, type TestGateway, testDatabase, userToken } from "../testing/testGateway.ts";

const MOST = 20;
const AT_ONCE = 40;
const options = {
  site: { bot: { kind: "none" as const } },
  limits: { ...NO_LIMITS, userConnections: MOST },
  redisPatienceMs: PATIENT.patienceMs,
};

describe.each([
  { where: "a Redis", url: () => inject("redisUrl") },
  { where: "a Redis cluster", url: () => inject("redisClusterUrl") },
])("on two nodes that meet in $where", ({ url }) => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let nodes: TestGateway[];
  beforeAll(async () => {
    database = await testDatabase();
    const start = () => startTestGateway(database.target, { ...options, redisUrl: url() });
    nodes = [await start(), await start()];
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await database.drop();
  });

  const node = (index: number): TestGateway => {
    const found = nodes[index];
    if (!found) throw new Error("there are two nodes");
    return found;
  };

  /** Connected, then all of them opened at one time; `onFirst` of them hang on the first node. */
  async function crowd(token: string, onFirst: number) {
    const clients = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        node(i < onFirst ? 0 : 1).connect({ userToken: token, device: newDevice() }),
      ),
    );
    const answers = await Promise.all(clients.map((client) => client.raw("session:open", {})));
    const isIn = (_: TestClient, i: number) => answers[i]?.ok === true;
    return { inside: clients.filter(isIn), outside: clients.filter((client, i) => !isIn(client, i)) };
  }

  test.each([20, 20, 25, 33, 7, 20])("of 40 at once, %i of them on the first node, 20 stay", async (onFirst) => {
    const token = await userToken(nanoid());
    const { inside, outside } = await crowd(token, onFirst);
    expect(inside).toHaveLength(MOST);
    for (const client of outside) {
      expect(await client.event("closing")).toMatchObject({ code: "too_many_connections", mayReturn: false });
      await client.disconnected();
    }
    await Promise.all(inside.map((client) => client.ask("presence:set", { visible: true })));
    expect(inside.flatMap((client) => client.of("closing"))).toEqual([]);
    const [leaving] = inside;
    leaving?.close();
    const comes = async () => {
      const next = await node(1).connect({ userToken: token, device: newDevice() });
      const { ok } = await next.raw("session:open", {});
      return ok;
    };
    await expect.poll(comes, { timeout: 10_000, interval: 50 }).toBe(true);
    expect(await comes()).toBe(false);
  });
});

test("while Redis is gone each node counts its own", async () => {
  const database = await testDatabase();
  const limits = { ...options.limits, userConnections: 2 };
  const start = () => startTestGateway(database.target, { ...options, limits, redisUrl: "redis://127.0.0.1:1" });
  const nodes = await Promise.all([start(), start()]);
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await database.drop();
  });
  const token = await userToken(nanoid());
  for (const node of nodes) {
    const answers: boolean[] = [];
    for (const _ of [1, 2, 3]) {
      const client = await node.connect({ userToken: token, device: newDevice() });
      answers.push((await client.raw("session:open", {})).ok);
    }
    expect(answers).toEqual([true, true, false]);
  }
});

import { TestClient } from "@baton/server/testing/testClient";
import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Cluster, startCluster } from "../cluster/cluster.ts";
import { checkHistory } from "./check/checkHistory.ts";
import { describeFindings } from "./check/finding.ts";
import type { HistoryEvent } from "./events.ts";
import { readFinalDatabase } from "./pgFinalDatabase.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { WatchedClient } from "./watchClient.ts";

let cluster: Cluster;
let recorder: Recorder;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
  recorder = createRecorder();
}, 60_000);

afterAll(() => cluster.close());

type Person = { user: string; device: string; visitorToken?: string | undefined };
let connections = 0;

async function connect({ user, device, visitorToken }: Person, node: number): Promise<WatchedClient> {
  const { url, name } = nodeAt(node);
  const client = new TestClient(url, {
    device: { id: device.padEnd(21, "-"), label: device },
    ...(visitorToken !== undefined && { visitorToken }),
  });
  onTestFinished(() => client.close());
  connections += 1;
  const who = { user, device: device.padEnd(21, "-"), connection: `c${connections}`, node: name };
  const watched = new WatchedClient(client, who, recorder.record);
  await client.connected();
  return watched;
}

function nodeAt(index: number) {
  const node = cluster.nodes[index];
  if (!node) throw new Error(`there is no node ${index}`);
  return node;
}

async function say(watched: WatchedClient, text: string, clientId = nanoid()) {
  const answer = await watched.send({ clientId, text });
  if (!answer?.ok) throw new Error(`«${text}» was not acknowledged: ${JSON.stringify(answer)}`);
  return answer.data;
}

const found = async (history: readonly HistoryEvent[]) =>
  checkHistory(history, await readFinalDatabase(cluster.postgres.sql), { isOutboxInOrder: true });

test("what two people, three devices and a node that dies go through is written down, and judged to be well", async () => {
  const ana = { user: "ana", device: "laptop" };
  const laptop = await connect(ana, 0);
  const { visitorToken } = await laptop.open();
  const bo = await connect({ user: "bo", device: "desk" }, 1);
  await bo.open();
  await say(bo, "something else");
  const first = await say(laptop, "cafe\u0301");
  await laptop.edit({ messageId: first.message.id, text: "café, please" });
  const { message: regretted } = await say(laptop, "never mind");
  await laptop.delete({ messageId: regretted.id });

  const phone = await connect({ user: "ana", device: "phone", visitorToken }, 1);
  const { lock } = await phone.open({ claim: false });
  expect(await phone.send({ clientId: nanoid(), text: "not mine yet" })).toMatchObject({ ok: false });
  await phone.takeOver({ epoch: lock.epoch });
  await laptop.client.event("lock:changed", (told) => !told.lock.mine && told.lock.epoch > lock.epoch);
  const { message } = await say(phone, "from the phone");

  recorder.record({ kind: "fault", name: "SIGKILL", node: nodeAt(1).name, phase: "begin" });
  const clientId = nanoid();
  const unanswered = phone.send({ clientId, text: "amid all this" });
  await nodeAt(1).kill();
  await unanswered;
  await cluster.heal();
  recorder.record({ kind: "fault", name: "SIGKILL", node: nodeAt(1).name, phase: "heal" });

  const again = await connect({ user: "ana", device: "phone", visitorToken }, 1);
  const snapshot = await again.open({ resume: { sessionId: message.sessionId, rev: message.rev } });
  const repeated = await say(again, "amid all this", clientId);
  await say(again, "and on");
  const boAgain = await connect({ user: "bo", device: "desk" }, 0);
  await boAgain.open();
  await again.sync({ sessionId: message.sessionId, rev: snapshot.rev });
  await laptop.sync({ sessionId: message.sessionId, rev: repeated.rev });
  await again.page({ sessionId: message.sessionId });
  bo.client.close();

  const history = recorder.history();
  expect(describeFindings(await found(history))).toBe("");
  const kinds = new Set(history.map(({ kind }) => kind));
  for (const kind of ["ok", "refused", "delivery", "snapshot", "sync", "page", "lock", "change", "closed"] as const)
    expect(kinds).toContain(kind);
});

test("a row that is then taken out of the database is missed, whoever asks for it", async () => {
  await cluster.postgres.sql`DELETE FROM messages WHERE id = (SELECT max(id) FROM messages WHERE NOT revised)`;
  const findings = await found(recorder.history());
  expect(findings.map(({ kind }) => kind)).toContain("lost");
});

// P11 when a node dies: an answer that it was writing is written by another, and every word it had taken gets its one answer.
import { setTimeout as sleep } from "node:timers/promises";
import { newDevice, TestClient } from "@baton/server/testing/testClient";
import type { Message } from "@baton/shared/visitor/shapes";
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from "vitest";
import { type Cluster, configWithoutBot, startCluster } from "./cluster/cluster.ts";
import type { ClusterNode } from "./cluster/node.ts";
import { faultsOf } from "./judge.ts";
import { Sender } from "./sender.ts";

const PEOPLE = 12;
/** The demo bot repeats it, two words in 25 ms: it is still at it when the node is killed. */
const LONG_QUESTION = Array.from({ length: 160 }, (_, i) => `${i}`).join(" ");
const answerTo = (text: string) => `I heard this: “${text}”. I am a small demo bot, so try one of these.`;
/** The lease of a turn is 10 s. */
const ANSWERED_WITHIN_MS = 45_000;
const LOOK_EVERY_MS = 50;

let cluster: Cluster;
let doomed: ClusterNode;
let other: ClusterNode;

function configOfHere(origins: readonly string[]): unknown {
  const config = configWithoutBot(origins) as { sites: object[] };
  return { ...config, sites: config.sites.map((site) => ({ ...site, bot: { kind: "demo" } })) };
}

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, config: configOfHere });
  const [first, second] = cluster.nodes;
  if (!first || !second) throw new Error("two nodes were asked for");
  [doomed, other] = [first, second];
}, 60_000);

afterAll(() => cluster.close(), 60_000);

/** Asks the database until it says so. */
async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + ANSWERED_WITHIN_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what}: not in ${ANSWERED_WITHIN_MS} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function nothingIsOwed(): Promise<void> {
  const owed = () => cluster.postgres.sql`SELECT 1 FROM turns WHERE state IN ('queued', 'running')`;
  await until(async () => (await owed()).length === 0, "every turn is through");
}

const kept = async (words: readonly { clientId: string }[]): Promise<number> => {
  const ids = words.map(({ clientId }) => clientId);
  return (await cluster.postgres.sql`SELECT 1 FROM messages WHERE client_id = ANY(${ids})`).length;
};

async function come(node: ClusterNode, auth: Record<string, unknown>) {
  const page = new TestClient(node.url, auth);
  onTestFinished(() => {
    page.close();
    expect(page.faults).toEqual([]);
  });
  await page.connected();
  return { page, snapshot: await page.open() };
}

/** Committed on that node, and never acknowledged: it is killed before it hears so. */
async function speakAndKill(people: readonly Sender[]): Promise<void> {
  doomed.toPostgres.apply({ direction: "down", do: { kind: "hold" } });
  for (const person of people) person.write();
  const words = people.flatMap(({ outbox }) => outbox);
  const cut = people.map((person) => person.flush());
  await until(async () => (await kept(words)) > 0, "a word is committed");
  await doomed.kill();
  await Promise.all(cut);
  expect(people.flatMap(({ outbox }) => outbox)).toEqual(words);
}

test("P11: a node is killed amid answers and words, acknowledged and not: another goes on, and each word has one whole answer", async () => {
  onTestFailed(() => console.error(cluster.lastWords()));
  const people = Array.from({ length: PEOPLE }, (_, i) => new Sender(doomed.url, i));
  onTestFinished(() => {
    for (const person of people) person.close();
  });
  await Promise.all(people.map((person) => person.connect()));
  for (const person of people) person.write();
  await Promise.all(people.map((person) => person.flush()));
  await nothingIsOwed();

  // So that nobody else takes up what is to be left unfinished.
  await other.freeze();
  const device = newDevice();
  const before = await come(doomed, { device });
  const { message: question } = await before.page.send(LONG_QUESTION);
  const [early, late] = [people.slice(0, PEOPLE / 2), people.slice(PEOPLE / 2)];
  for (const person of early) person.write();
  await Promise.all(early.map((person) => person.flush()));
  const { messageId } = await before.page.event("reply:delta");
  await speakAndKill(late);
  const left = await cluster.postgres.sql`SELECT state, attempt FROM turns WHERE reply_id = ${messageId}`;
  expect(left).toEqual([{ state: "running", attempt: 1 }]);
  other.thaw();

  const { page } = await come(other, { device, visitorToken: before.snapshot.visitorToken });
  await Promise.all(people.map((person) => person.connect(other.url)));
  await Promise.all(people.map((person) => person.settle()));
  await nothingIsOwed();

  const isWhole = ({ id, status }: Message) => id === messageId && status === "complete";
  const { message: reply } = await page.event("message", ({ message }) => isWhole(message));
  expect(reply.text).toBe(answerTo(LONG_QUESTION));
  const { messages } = await page.ask("history:page", { sessionId: question.sessionId });
  expect(messages.map(({ id, status, text }) => [id, status, text])).toEqual([
    [question.id, "complete", LONG_QUESTION],
    [messageId, "complete", reply.text],
  ]);
  await Promise.all(people.map(hasAnAnswerToEachWord));
  expect(cluster.takeTroubles()).toEqual([]);
}, 120_000);

async function hasAnAnswerToEachWord(person: Sender): Promise<void> {
  const transcript = await person.transcript();
  expect(faultsOf(person.name, person.acked, transcript)).toEqual([]);
  const words = [0, 1].map((count) => `${person.name} ${count}`);
  const answered = words.flatMap((word) => [
    ["visitor", "complete", word],
    ["bot", "complete", answerTo(word)],
  ]);
  expect(transcript.map(({ author, status, text }) => [author.kind, status, text])).toEqual(answered);
}

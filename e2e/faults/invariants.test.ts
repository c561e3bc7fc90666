// What no other trial comes to: silences that end, people who are signed out, and what nodes hold when everybody has left.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { configWithoutBot } from "./cluster/cluster.ts";
import type { ClusterNode } from "./cluster/node.ts";
import { describeFindings } from "./history/check/finding.ts";
import type { History, Told } from "./history/events.ts";
import { createRecorder, type Recorder } from "./history/recorder.ts";
import { sampleNodes, untilEmpty } from "./history/samples.ts";
import type { Crowd } from "./nemesis/crowd.ts";
import { findingsOf, judge } from "./nemesis/judge.ts";
import type { Person } from "./nemesis/person.ts";
import { Random } from "./nemesis/random.ts";
import { untilAtRest } from "./nemesis/rest.ts";
import { HEAL_WITHIN_MS, SHORT_CROWD, type Stage, setStage } from "./nemesis/stage.ts";
import { seedOfRun } from "./seed.ts";

const API_KEY = "a-key-of-the-fault-tests-of-32-characters";
/** The shortest there are: nobody may be warned later than 20 s ahead. */
const POLICY = { warnBeforeMs: 20_000, softExpiryMs: 21_500, hardExpiryMs: 22_500, maxDurationMs: 86_400_000 };
const PEOPLE = 24;
/** One after the other falls silent, so that deadlines come due before a node dies and after. */
const SILENT_EACH_MS = 60;
const LATE_MS = 10_000;

const seed = seedOfRun();
let stage: Stage;

beforeAll(async () => {
  stage = await setStage({ config: configOfHere });
}, 60_000);

afterAll(() => stage.close(), 60_000);

/** With a bot: silence is only counted while somebody owes an answer to it. */
function configOfHere(origins: readonly string[]): unknown {
  const config = configWithoutBot(origins) as { sites: object[] };
  const apiKeys = [{ name: "tests", key: API_KEY, scopes: ["users:write"] }];
  return {
    ...config,
    sites: config.sites.map((site) => ({ ...site, apiKeys, policy: POLICY, bot: { kind: "demo" } })),
  };
}

/** Knows the server's clock, which is this machine's, and lets deadlines be waited for. */
function timed(recorder: Recorder) {
  const waiting = new Set<() => void>();
  const withLateness = (event: Told): Told =>
    event.kind === "idled" || event.kind === "ended" ? { ...event, lateMs: Date.now() - event.at } : event;
  return {
    ...recorder,
    record(event: Told) {
      recorder.record(withLateness(event));
      for (const look of waiting) look();
    },
    /** So many sessions have come to it; none later than `withinMs`, that what never comes is the judge's to find. */
    async until(kind: Deadline, sessions: number, withinMs: number): Promise<void> {
      let look = (): void => {};
      const come = new Promise<void>((resolve) => {
        look = () => void (sessionsWith(recorder.history(), kind).size >= sessions && resolve());
      });
      waiting.add(look);
      look();
      await Promise.race([come, sleep(withinMs)]);
      waiting.delete(look);
    },
  };
}

type Deadline = "warned" | "idled" | "ended";

function sessionsWith(history: History, kind: Deadline): Set<string> {
  return new Set(history.flatMap((event) => (event.kind === kind ? [event.sessionId] : [])));
}

async function speak(crowd: Crowd): Promise<void> {
  crowd.wave();
  await crowd.acks(PEOPLE);
  await Promise.all(crowd.people.map((person) => person.changeMind()));
}

async function fallSilent(people: readonly Person[]): Promise<void> {
  for (const person of people) {
    person.write();
    await sleep(SILENT_EACH_MS);
  }
}

async function signOut(userId: string, { url }: ClusterNode): Promise<void> {
  const answer = await fetch(`${url}/v1/users/${userId}/sign-out`, {
    method: "POST",
    headers: { authorization: `Bearer ${API_KEY}` },
  });
  expect(answer.status).toBe(200);
}

async function killAndStart(node: ClusterNode, { record }: Pick<Recorder, "record">): Promise<void> {
  const line = { kind: "fault", name: "SIGKILL", node: node.name } as const;
  record({ ...line, phase: "begin" });
  await node.kill();
  await node.startUntilUp();
  record({ ...line, phase: "heal" });
}

/** Or until `withinMs`: what does not come is the judge's to find. */
async function untilNone(of: "turn" | "session", withinMs: number): Promise<void> {
  const { sql } = stage.cluster.postgres;
  const left = () =>
    of === "turn"
      ? sql`SELECT FROM turns WHERE state IN ('queued', 'running')`
      : sql`SELECT FROM sessions WHERE state <> 'ended'`;
  const until = performance.now() + withinMs;
  while ((await left()).length > 0 && performance.now() < until) await sleep(100);
}

test("silences end while nodes die: each warning, idle and end comes once and in time, who is signed out hears none of it, and nodes keep nothing of people who left", async () => {
  onTestFailed(() => console.error(stage.cluster.lastWords()));
  const { cluster } = stage;
  const random = new Random(seed);
  const recorder = timed(createRecorder());
  const crowd = stage.gather({ ...SHORT_CROWD, people: PEOPLE, changesEachWave: 0 }, random, recorder);
  const [first, second] = random.some(cluster.nodes, 2);
  if (!first || !second) throw new Error("two of three were asked for");
  await sampleNodes(cluster.nodes, { record: recorder.record, quiet: true });
  try {
    await crowd.arrive();
    await speak(crowd);
    const half = crowd.people.slice(0, PEOPLE / 2);
    await fallSilent(half);
    await untilNone("turn", LATE_MS);
    await sampleNodes(cluster.nodes, { record: recorder.record, quiet: false });
    await random.pick(half).signOut((userId) => signOut(userId, random.pick(cluster.nodes)));

    const third = Math.floor(PEOPLE / 3);
    await recorder.until("warned", third, LATE_MS);
    await killAndStart(first, recorder);
    // These are warned again, now that all is well: not one of them may miss it.
    await fallSilent(crowd.people.slice(PEOPLE / 2));
    await recorder.until("idled", third, POLICY.softExpiryMs + LATE_MS);
    await killAndStart(second, recorder);
    await untilNone("session", POLICY.hardExpiryMs + LATE_MS);

    const rest = await untilAtRest(crowd, cluster, { since: performance.now(), withinMs: HEAL_WITHIN_MS });
    const matter = { recorder, cluster, policy: POLICY };
    expect((await judge(crowd, { ...matter, restless: rest.restless })).words).toBe("");
    for (const kind of ["warned", "idled", "ended"] as const)
      expect(sessionsWith(recorder.history(), kind).size).toBeGreaterThanOrEqual(third);

    crowd.leave();
    await untilEmpty(cluster.nodes, LATE_MS);
    await sampleNodes(cluster.nodes, { record: recorder.record, quiet: true });
    expect(describeFindings(await findingsOf(matter))).toBe("");
  } finally {
    crowd.leave();
    await cluster.heal();
  }
}, 120_000);

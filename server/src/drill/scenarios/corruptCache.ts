/**
 * Scenario 5: everything that Redis holds of one person is overwritten with rubbish, in five ways, one after the other. It is a
 * cache and a lease, never the only copy: the page is whole, the baton is where it was, and the rubbish is gone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { nanoid } from "nanoid";
import { keys } from "../../redis/keys.ts";
import type { Need } from "../finding.ts";
import { DAMAGES, type Damage, damaged } from "../installation/damage.ts";
import type { RedisValues } from "../installation/redisValues.ts";
import type { Sent } from "../judge.ts";
import type { Visitor } from "../visitor/visitor.ts";
import type { Scenario, Stage } from "./stage.ts";
import { foundHolder } from "./twoDevices.ts";

/** Leases are renewed every ten seconds; what is read at an opening is mended at once. */
const MENDED_WITHIN_MS = 15_000;
const FILLED_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 100;

type Course = {
  readonly redis: RedisValues;
  readonly speaker: Visitor;
  /** Has lost the baton to the speaker: its writes are refused whatever Redis says. */
  readonly watcher: Visitor | undefined;
  readonly old: ReadonlyMap<string, Buffer>;
  readonly refused: Sent[];
  values: number;
  openings: { elsewhere: number; without: number };
  accepted: number;
  otherCodes: string[];
  left: string[];
};

export const corruptCache: Scenario = async (stage): Promise<Need | undefined> => {
  const { redis, isOwn } = stage.installation;
  if (!redis) return { what: isOwn ? "redisServer" : "redisUrl" };
  const person = stage.newPerson();
  const laptop = stage.newVisitor(person, "laptop");
  const { policy } = await laptop.arrive();
  await laptop.say("A drill, please ignore. Cached, to be damaged.");
  await laptop.arrive({ asNewPage: true });
  const kinds = await kindsOf(redis, person.userId());
  if (kinds.length === 0 && !isOwn) return { what: "gatewaysRedis" };
  stage.found("valuesFound", kinds.includes("messages"), { kinds });
  if (kinds.length === 0) return undefined;

  const old = await dumpsOf(redis, person.userId());
  const isShared = policy.oneDevice === "shared";
  const speaker = isShared ? laptop : await phoneTakesOver(stage, laptop);
  const course = newCourse({ redis, speaker, watcher: isShared ? undefined : laptop, old });
  for (const damage of DAMAGES) await damageAndReturn(course, damage);
  report(stage, course);
  if (course.watcher) await foundHolder(stage, [speaker, course.watcher]);
  await stage.foundWords([speaker, ...(course.watcher ? [course.watcher] : [])], course.refused);
  await redis.remove(await redis.keysOf(person.userId()));
  return undefined;
};

/** `baton:{user}:messages:session` is of the kind «messages». The cache is filled while nobody waits for it. */
async function kindsOf(redis: RedisValues, userId: string): Promise<string[]> {
  for (const until = performance.now() + FILLED_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const kinds = (await redis.keysOf(userId)).map((key) => key.split(":")[2] ?? key);
    if (kinds.includes("messages") || performance.now() > until) return [...new Set(kinds)];
  }
}

function newCourse(parts: Pick<Course, "redis" | "speaker" | "watcher" | "old">): Course {
  return {
    ...parts,
    refused: [],
    values: 0,
    openings: { elsewhere: 0, without: 0 },
    accepted: 0,
    otherCodes: [],
    left: [],
  };
}

/** So that what is old names another holder than what is true. */
async function phoneTakesOver(stage: Stage, laptop: Visitor): Promise<Visitor> {
  const phone = stage.newVisitor(laptop.person, "phone");
  await phone.arrive();
  if (!phone.lock?.mine) await phone.takeOver();
  await laptop.ears.hears("lock:changed", ({ lock }) => !lock.mine);
  return phone;
}

async function dumpsOf(redis: RedisValues, userId: string): Promise<Map<string, Buffer>> {
  const dumps = new Map<string, Buffer>();
  for (const key of await redis.keysOf(userId)) {
    const dump = await redis.dump(key);
    if (dump) dumps.set(key, dump);
  }
  return dumps;
}

async function damageAndReturn(course: Course, damage: Damage): Promise<void> {
  const { redis, speaker, watcher } = course;
  const userId = speaker.person.userId();
  await speaker.say(`Written before what Redis holds is ${damage}.`);
  // As a page that is loaded anew: that fills the cache.
  speaker.leave();
  await speaker.arrive({ asNewPage: true });
  const { sessionId } = speaker.view;
  const rubbish = await damageAll(course, damage);
  course.values += rubbish.size;
  speaker.leave();
  const opened = await speaker.arrive({ asNewPage: true });
  if (opened.session?.id !== sessionId) course.openings.elsewhere += 1;
  if (!opened.lock.mine) course.openings.without += 1;
  if (watcher) await writeTooLate(course, watcher, damage);
  await speaker.say(`Written after what Redis holds was ${damage}.`);
  const mended = [keys.lock(userId), ...(sessionId === undefined ? [] : [keys.messages(userId, sessionId)])];
  for (const key of mended) {
    const written = rubbish.get(key);
    if (written && !(await isMended(redis, key, written))) course.left.push(`${damage}: ${key}`);
  }
}

/** @returns what was written, by key */
async function damageAll({ redis, speaker, old }: Course, damage: Damage): Promise<Map<string, Buffer>> {
  const written = new Map<string, Buffer>();
  for (const key of await redis.keysOf(speaker.person.userId())) {
    const writing = damaged(await redis.read(key), damage, old.get(key));
    if (!writing) continue;
    await redis.write(key, writing);
    const dump = await redis.dump(key);
    if (dump) written.set(key, dump);
  }
  return written;
}

async function writeTooLate(course: Course, watcher: Visitor, damage: Damage): Promise<void> {
  const sent = { clientId: nanoid(), text: `From the device that lost the baton, while Redis is ${damage}.` };
  const refusal = await watcher.trySaying(sent);
  if (!refusal) {
    course.accepted += 1;
    return;
  }
  course.refused.push(sent);
  if (refusal.refusal.code !== "not_active_device") course.otherCodes.push(refusal.refusal.code);
}

/** Rebuilt, or dropped. */
async function isMended(redis: RedisValues, key: string, rubbish: Buffer): Promise<boolean> {
  for (const until = performance.now() + MENDED_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    const now = await redis.dump(key);
    if (!now?.equals(rubbish)) return true;
    if (performance.now() > until) return false;
  }
}

function report(stage: Stage, { values, openings, watcher, accepted, otherCodes, left }: Course): void {
  const rounds = DAMAGES.length;
  stage.found("sameSession", openings.elsewhere === 0, { openings: rounds, elsewhere: openings.elsewhere });
  stage.found("ownBaton", openings.without === 0, { openings: rounds, without: openings.without });
  if (watcher) {
    const held = accepted === 0 && otherCodes.length === 0;
    stage.found("writesOfWatchers", held, { of: rounds, accepted, otherCodes });
  }
  stage.found("damage", left.length === 0, { values, rounds, left });
}

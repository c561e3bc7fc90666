/**
 * Scenario 6: Redis goes away while people are writing, and comes back. Redis holds only what may be lost: nobody is refused
 * for it, the baton stays with one device, and all is as it was when Redis is back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { nanoid } from "nanoid";
import { keys } from "../../redis/keys.ts";
import type { Need } from "../finding.ts";
import type { Installation } from "../installation/installation.ts";
import type { RedisValues } from "../installation/redisValues.ts";
import type { Sent } from "../judge.ts";
import type { Visitor } from "../visitor/visitor.ts";
import type { Scenario, Stage } from "./stage.ts";
import { foundHolder } from "./twoDevices.ts";

const MESSAGES = 3;
/** A node's link tries again every two seconds at the most. */
const BACK_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 100;

type Pair = { speaker: Visitor; watcher: Visitor };

export const redisGone: Scenario = async (stage): Promise<Need | undefined> => {
  const { redis, outage } = stage.installation;
  const need = needOf(stage.installation);
  if (!redis || !outage) return need;
  const person = stage.newPerson();
  const laptop = stage.newVisitor(person, "laptop");
  const phone = stage.newVisitor(person, "phone");
  const { policy } = await laptop.arrive();
  await laptop.say("A drill, please ignore. Written while Redis was there.");
  if ((await redis.keysOf(person.userId())).length === 0 && !stage.installation.isOwn) return { what: "gatewaysRedis" };
  await phone.arrive();
  if (!laptop.lock?.mine) await laptop.takeOver();
  const refused: Sent[] = [];
  const isFenced = policy.oneDevice !== "shared";

  const begunAt = performance.now();
  await outage.begin();
  let lastedAll = false;
  try {
    await goOn(stage, laptop);
    if (isFenced) await passBaton(stage, { speaker: laptop, watcher: phone }, refused);
    await newcomer(stage);
    lastedAll = outage.isOn();
  } finally {
    await outage.end();
  }
  stage.found("outage", true, { how: outage.how, ms: performance.now() - begunAt, lastedAll });
  const pair = isFenced ? { speaker: phone, watcher: laptop } : { speaker: laptop, watcher: phone };
  await afterwards(stage, pair, redis);
  if (isFenced) await foundHolder(stage, [laptop, phone]);
  await stage.foundWords([laptop, phone], refused);
  return undefined;
};

function needOf({ redis, outage, isOwn }: Installation): Need | undefined {
  if (!redis) return { what: isOwn ? "redisServer" : "redisUrl" };
  return outage ? undefined : { what: "disturb" };
}

/** Writes, is reloaded, and writes again: as if nothing had happened. */
async function goOn(stage: Stage, laptop: Visitor): Promise<void> {
  const { sessionId } = laptop.view;
  for (let i = 1; i <= MESSAGES; i++) await laptop.say(`Written without Redis, ${i}.`);
  laptop.cut();
  const cutAt = performance.now();
  const { session, lock } = await laptop.arrive({ asNewPage: true });
  stage.found("comingBack", true, { slowestMs: performance.now() - cutAt });
  const isSame = session?.id === sessionId;
  stage.found("sameSession", isSame, { openings: 1, elsewhere: isSame ? 0 : 1 });
  stage.found("ownBaton", lock.mine, { openings: 1, without: lock.mine ? 0 : 1 });
  await laptop.say("Written without Redis, after a refresh.");
}

/** The database alone decides who may write. */
async function passBaton(stage: Stage, { speaker, watcher }: Pair, refused: Sent[]): Promise<void> {
  const lock = await watcher.takeOver();
  stage.found("takeovers", lock.mine, { of: 1, failed: lock.mine ? 0 : 1 });
  const sent = { clientId: nanoid(), text: "Too late, and without Redis: this must be nowhere." };
  const refusal = await speaker.trySaying(sent);
  if (refusal) refused.push(sent);
  const otherCodes = !refusal || refusal.refusal.code === "not_active_device" ? [] : [refusal.refusal.code];
  const seen = { of: 1, accepted: refusal ? 0 : 1, otherCodes };
  stage.found("writesOfWatchers", refusal !== undefined && otherCodes.length === 0, seen);
  await watcher.say("Written without Redis, by the device that took over.");
}

async function newcomer(stage: Stage): Promise<void> {
  const stranger = stage.newVisitor(stage.newPerson(), "newcomer");
  await stranger.arrive();
  await stranger.say("A drill, please ignore. I came while Redis was away.");
  stage.found("newcomer", true, { acked: true });
  stranger.leave();
}

async function afterwards(stage: Stage, { speaker, watcher }: Pair, redis: RedisValues): Promise<void> {
  const advised = await Promise.all(
    [speaker, watcher].map((device) => device.ears.hears("sync:advised", undefined, { withinMs: BACK_WITHIN_MS })),
  );
  const untold = advised.filter((one) => one === undefined).length;
  stage.found("advised", untold === 0, { of: advised.length, untold });
  await Promise.all([speaker, watcher].map((device) => device.sync()));
  const since = performance.now();
  const { messageId } = await speaker.say("Written when Redis was back.");
  const heard = await watcher.ears.hears("message", ({ message }) => message.id === messageId);
  stage.found("live", heard !== undefined, { of: 1, unheard: heard ? 0 : 1, slowestMs: performance.now() - since });
  stage.found("lockBack", ...foundOf(await isLockBack(redis, speaker.person.userId())));
}

function foundOf(found: boolean): [boolean, { found: boolean }] {
  return [found, { found }];
}

async function isLockBack(redis: RedisValues, userId: string): Promise<boolean> {
  for (const until = performance.now() + BACK_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    if ((await redis.keysOf(userId)).includes(keys.lock(userId))) return true;
    if (performance.now() > until) return false;
  }
}

/** Scenario 3: a laptop and a phone of one person, at once. One speaks, both see everything, and the baton passes without a word lost. */
import type { Lock, Policy } from "@baton/shared/visitor/shapes";
import { nanoid } from "nanoid";
import type { Need } from "../finding.ts";
import type { Sent } from "../judge.ts";
import type { Refused } from "../visitor/lineErrors.ts";
import { transcriptOf } from "../visitor/transcript.ts";
import type { Visitor } from "../visitor/visitor.ts";
import type { Scenario, Stage } from "./stage.ts";

/** The fourth pressed takeover within a minute would have to wait. */
const PASSES = 3;
/** Within what a person may send at once. */
const MOST_AMID = 5;
const DRAFT = "Typed on one device, to be finished on the other";

/** Whoever was not told once is not waited for so long again. */
const heardWithinMs = (hasMissed: boolean): number => (hasMissed ? 500 : 5_000);

type Pair = { speaker: Visitor; watcher: Visitor };

/** What adds up over all passes. */
type Course = {
  refused: Sent[];
  failed: number;
  untold: number;
  amid: { acked: number; refused: number };
  late: { of: number; accepted: number };
  otherCodes: string[];
  repeatsOtherwise: number;
  heardMs: (number | undefined)[];
};

export const twoDevices: Scenario = async (stage): Promise<Need | undefined> => {
  const person = stage.newPerson();
  const laptop = stage.newVisitor(person, "laptop");
  const phone = stage.newVisitor(person, "phone");
  const { policy } = await laptop.arrive();
  if (policy.oneDevice === "shared") return { what: "oneDevice" };
  const course = newCourse();
  await laptop.say("A drill, please ignore. Written before the phone came.");
  let pair = await secondArrives(stage, { laptop, phone, policy });
  await writeAsWatcher(pair.watcher, course);
  await speak(pair, course, "Seen on both, as it is written.");
  for (let pass = 0; pass < PASSES; pass++) pair = await passBaton(stage, pair, { course, pass });
  report(stage, course);
  await foundHolder(stage, [laptop, phone]);
  await stage.foundWords([laptop, phone], course.refused);
  stage.foundPage(phone, await transcriptOf(phone));
  return undefined;
};

function newCourse(): Course {
  return {
    refused: [],
    failed: 0,
    untold: 0,
    amid: { acked: 0, refused: 0 },
    late: { of: 0, accepted: 0 },
    otherCodes: [],
    repeatsOtherwise: 0,
    heardMs: [],
  };
}

type Arriving = { laptop: Visitor; phone: Visitor; policy: Policy };

/** By «ask» it watches, by «newest» it is the active one at once. */
async function secondArrives(stage: Stage, { laptop, phone, policy }: Arriving): Promise<Pair> {
  const { lock } = await phone.arrive();
  const expected = policy.oneDevice === "ask" ? "watches" : "active";
  const holder = expected === "watches" ? laptop : phone;
  const held = lock.mine === (expected === "active") && lock.holder?.deviceId === holder.deviceId;
  stage.found("secondDevice", held, { expected, isActive: lock.mine, toldOf: lock.holder?.label });
  const missing = laptop.acked.filter(({ messageId }) => !phone.view.messages.has(messageId)).length;
  stage.found("secondSees", missing === 0, { of: laptop.acked.length, missing });
  return expected === "active" ? { speaker: phone, watcher: laptop } : { speaker: laptop, watcher: phone };
}

/** Whatever comes from a device that does not hold the baton is refused, in these words of the protocol. */
async function writeAsWatcher(watcher: Visitor, course: Course): Promise<void> {
  const sent = { clientId: nanoid(), text: `Too late ${course.late.of + 1}: this must be nowhere.` };
  course.late.of += 1;
  const refusal = await watcher.trySaying(sent);
  if (!refusal) {
    course.late.accepted += 1;
    return;
  }
  countRefusal(course, sent, refusal);
}

async function speak({ speaker, watcher }: Pair, course: Course, text: string): Promise<void> {
  const since = performance.now();
  const { messageId } = await speaker.say(text);
  const withinMs = heardWithinMs(course.heardMs.includes(undefined));
  const heard = await watcher.ears.hears("message", ({ message }) => message.id === messageId, { withinMs });
  course.heardMs.push(heard && performance.now() - since);
}

/** @returns the pair with its parts exchanged */
async function passBaton(stage: Stage, pair: Pair, { course, pass }: { course: Course; pass: number }): Promise<Pair> {
  const { speaker: loser, watcher: winner } = pair;
  const [heardByLoser, heardByWinner] = [loser.ears.count, winner.ears.count];
  const isDraftPass = pass === 0;
  if (isDraftPass) await loser.askPatiently("draft:set", { text: DRAFT });
  const lock = isDraftPass ? await winner.takeOver() : await takeOverAmidWriting(pair, { course, pass });
  if (!lock.mine) course.failed += 1;
  // Not before the loser has been told: the gateway alone decides.
  await writeAsWatcher(loser, course);
  const withinMs = heardWithinMs(course.untold > 0);
  const told = await loser.ears.hears("lock:changed", ({ lock }) => !lock.mine, { since: heardByLoser, withinMs });
  if (!told) course.untold += 1;
  if (isDraftPass) {
    const carried = await winner.ears.hears("draft", ({ text }) => text === DRAFT, { since: heardByWinner });
    stage.found("carriedDraft", carried !== undefined, { arrived: carried !== undefined });
  }
  await repeatKnown(loser, course);
  const passed = { speaker: winner, watcher: loser };
  await speak(passed, course, `Written on the ${pass % 2 === 0 ? "other" : "first"} device after pass ${pass + 1}.`);
  return passed;
}

/** The loser writes on, one message after the other, until the takeover is through: one of them meets it. */
async function takeOverAmidWriting(
  { speaker, watcher }: Pair,
  { course, pass }: { course: Course; pass: number },
): Promise<Lock> {
  let isThrough = false;
  const taken = watcher.takeOver().finally(() => {
    isThrough = true;
  });
  // Looked at below: should both fail, one of them is enough.
  taken.catch(() => {});
  for (let i = 1; i <= MOST_AMID && !isThrough; i++) {
    const sent = speaker.write(`Pass ${pass + 1}, in flight ${i}.`);
    const refusal = await speaker.trySaying(sent);
    if (refusal) countRefusal(course, sent, refusal);
    course.amid[refusal ? "refused" : "acked"] += 1;
  }
  return taken;
}

function countRefusal(course: Course, sent: Sent, { refusal: { code } }: Refused): void {
  course.refused.push(sent);
  if (code !== "not_active_device") course.otherCodes.push(code);
}

/** What was acknowledged is answered with the first message, also to a device that has lost the baton since. */
async function repeatKnown(loser: Visitor, course: Course): Promise<void> {
  const known = loser.acked.at(-1);
  if (!known) return;
  const { clientId, text, messageId } = known;
  const again = await loser.ask("message:send", { clientId, text }).catch(() => undefined);
  if (again?.message.id !== messageId) course.repeatsOtherwise += 1;
}

function report(stage: Stage, course: Course): void {
  const { failed, untold, late, otherCodes, amid, repeatsOtherwise, heardMs } = course;
  const unheard = heardMs.filter((ms) => ms === undefined).length;
  const slowestMs = Math.max(0, ...heardMs.map((ms) => ms ?? 0));
  stage.found("live", unheard === 0, { of: heardMs.length, unheard, slowestMs });
  stage.found("takeovers", failed === 0, { of: PASSES, failed });
  stage.found("losersTold", untold === 0, { of: PASSES, untold });
  stage.found("writesOfWatchers", late.accepted === 0 && otherCodes.length === 0, { ...late, otherCodes });
  stage.found("amidTakeover", true, amid);
  stage.found("repeatByLoser", repeatsOtherwise === 0, { of: PASSES, otherwise: repeatsOtherwise });
}

/** Both ask anew, and are told of the same holder. */
export async function foundHolder(stage: Stage, devices: readonly Visitor[]): Promise<void> {
  for (const device of devices) await device.sync();
  const holders = devices.filter(({ lock }) => lock?.mine).length;
  const epochs = devices.map(({ lock }) => lock?.epoch ?? -1);
  stage.found("oneHolder", holders === 1 && new Set(epochs).size === 1, { holders, epochs });
}

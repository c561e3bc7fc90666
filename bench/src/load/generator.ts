/** The program that makes the load, in a process of its own. Told what to do over IPC by generators.ts. */
import { answerQuestions } from "../questions.ts";
import { askAll, gather, type Member } from "./crowd.ts";
import { Drive, type Voice } from "./drive.ts";
import type { GeneratorQuestions } from "./generators.ts";
import { clientIdOf } from "./messageFrame.ts";
import { type Joining, joinPeople, type Person } from "./people.ts";
import { type Absent, returnAll, writeAndLeave } from "./returns.ts";
import { storm } from "./storm.ts";
import { pressAll } from "./takeovers.ts";
import { endTeller, stallReaders, type Teller, tellerOf } from "./tellers.ts";

/** Those who write when load is driven, who move their chats, who left and come back, who are only there,
 * who tell their other devices. */
const voices: Voice[] = [];
const movers: Person[] = [];
const absent: Absent[] = [];
const crowd: Member[] = [];
let tellers: Teller[] = [];
let lost: Error | undefined;

function lose(error: Error): void {
  lost ??= error;
}

/** A connection that ends spoils the phase: told with the next answer. */
function refuseLost(): void {
  if (lost) throw lost;
}

async function people(joining: Joining): Promise<Person[]> {
  lost = undefined;
  const joined = await joinPeople(joining, lose);
  refuseLost();
  return joined;
}

answerQuestions<GeneratorQuestions>({
  async join(joining) {
    // The first message, number 0, began the session.
    const next = joining.speak ? 1 : 0;
    voices.push(...(await people(joining)).map((person) => ({ person, next, dueAt: [] })));
    return undefined;
  },

  async joinMovers(joining) {
    movers.push(...(await people(joining)));
    return undefined;
  },

  async press(pressing) {
    const pressed = await pressAll(movers, pressing);
    refuseLost();
    return pressed;
  },

  async joinTellers({ joining, letters }) {
    tellers.push(...(await people(joining)).map((person) => tellerOf(person, letters)));
    return undefined;
  },

  async tell({ driving, stalled }) {
    if (stalled) tellers = tellers.map(stallReaders);
    const driven = await new Drive(tellers, driving).run(() => {});
    refuseLost();
    return driven;
  },

  async joinAndLeave({ joining, messages }) {
    const joined = await people(joining);
    absent.push(...(await Promise.all(joined.map((person) => writeAndLeave(person, messages)))));
    return undefined;
  },

  async comeBack(returning) {
    const returned = await returnAll(absent, returning, lose);
    refuseLost();
    return returned;
  },

  async gather({ joining, messages }) {
    crowd.push(...(await gather(await people(joining), messages)));
    refuseLost();
    return undefined;
  },

  async askCrowd({ perSecond }) {
    const asked = await askAll(crowd, perSecond);
    // They are counted.
    lost = undefined;
    return asked;
  },

  storm: (storming) => storm(crowd, storming),

  async drive(driving) {
    const driven = await new Drive(voices, driving).run((moment) => process.send?.({ moment }));
    refuseLost();
    return driven;
  },

  /** Everything that was acknowledged, which is everything that was sent: a drive ends with the last ack. */
  ledger() {
    return [...voices, ...tellers].map(({ person, next }) => ({
      sessionId: person.sessionId,
      clientIds: Array.from({ length: next }, (_, n) => clientIdOf(person.owner, n)),
    }));
  },

  async leave() {
    refuseLost();
    for (const person of [...movers, ...voices.map((voice) => voice.person)]) {
      for (const connection of person.connections) connection.end();
    }
    for (const { back } of absent) (await back)?.end();
    for (const { connection } of crowd) connection.end();
    for (const teller of tellers) endTeller(teller);
    for (const list of [voices, movers, absent, crowd, tellers]) list.length = 0;
    return undefined;
  },
});

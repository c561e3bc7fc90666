/** The program that makes the load, in a process of its own. Told what to do over IPC by generators.ts. */
import { answerQuestions } from "../questions.ts";
import { Drive, type Voice } from "./drive.ts";
import type { GeneratorQuestions } from "./generators.ts";
import { clientIdOf } from "./messageFrame.ts";
import { joinPeople } from "./people.ts";

const voices: Voice[] = [];
let lost: Error | undefined;

/** A connection that ends spoils the phase: told with the next answer. */
function refuseLost(): void {
  if (lost) throw lost;
}

answerQuestions<GeneratorQuestions>({
  async join(joining) {
    lost = undefined;
    const people = await joinPeople(joining, (error) => {
      lost ??= error;
    });
    refuseLost();
    // The first message, number 0, began the session.
    voices.push(...people.map((person) => ({ person, next: joining.speak ? 1 : 0, dueAt: [] })));
    return undefined;
  },

  async drive(driving) {
    const driven = await new Drive(voices, driving).run((moment) => process.send?.({ moment }));
    refuseLost();
    return driven;
  },

  /** Everything that was acknowledged, which is everything that was sent: a drive ends with the last ack. */
  ledger() {
    return voices.map(({ person, next }) => ({
      sessionId: person.sessionId,
      clientIds: Array.from({ length: next }, (_, n) => clientIdOf(person.owner, n)),
    }));
  },

  leave() {
    refuseLost();
    for (const { person } of voices) for (const connection of person.connections) connection.end();
    voices.length = 0;
    return undefined;
  },
});

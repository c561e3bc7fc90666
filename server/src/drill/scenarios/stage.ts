/** What a scenario is given: an installation, invented people with their devices, and a place for what it finds. */
import type { Message, Snapshot } from "@baton/shared/visitor/shapes";
import type { Finding, Need, Seen } from "../finding.ts";
import type { Installation } from "../installation/installation.ts";
import { judgeTranscript, judgeView, type Sent } from "../judge.ts";
import type { Target } from "../visitor/line.ts";
import type { Person } from "../visitor/person.ts";
import { transcriptOf } from "../visitor/transcript.ts";
import { Visitor } from "../visitor/visitor.ts";

/** @returns what it would need to be tried, when it cannot be */
export type Scenario = (stage: Stage) => Promise<Need | undefined>;

export type Returns = { readonly openings: readonly Snapshot[]; readonly sessionId: string; readonly epoch: number };

export class Stage {
  readonly installation: Installation;
  readonly findings: Finding[] = [];
  readonly #visitors: Visitor[] = [];
  #connections = 0;

  constructor(installation: Installation) {
    this.installation = installation;
  }

  newPerson(): Person {
    return this.installation.newPerson();
  }

  /** Another device of a person. `label` is what their other devices read, and agents. */
  newVisitor(person: Person, label: string): Visitor {
    const visitor = new Visitor(() => this.#nextTarget(), person, label);
    this.#visitors.push(visitor);
    return visitor;
  }

  #nextTarget(): Target {
    const { targets } = this.installation;
    const target = targets[this.#connections % targets.length] ?? targets[0];
    this.#connections += 1;
    return target;
  }

  found<K extends keyof Seen>(what: K, held: boolean, seen: Seen[K]): void {
    this.findings.push({ what, held, seen } as Finding);
  }

  /** Whether a device that is alone found its own session and its own baton each time. `epoch`: as it was granted at first. */
  foundReturns(device: Visitor, { openings, sessionId, epoch }: Returns): void {
    const elsewhere = openings.filter(({ session }) => session?.id !== sessionId).length;
    const without = openings.filter(({ lock }) => !lock.mine || lock.epoch !== epoch).length;
    const told = device.ears.of("lock:changed").filter(({ lock }) => !lock.mine).length;
    this.found("sameSession", elsewhere === 0, { openings: openings.length, elsewhere });
    this.found("ownBaton", without === 0, { openings: openings.length, without });
    this.found("rivals", told === 0, { told });
  }

  /** What one person wrote, on all their devices, against everything that is stored of them; and what the last page shows of it. */
  async foundWords(devices: readonly [Visitor, ...Visitor[]], refused: readonly Sent[] = []): Promise<void> {
    const [reader] = devices;
    await reader.sync();
    const transcript = await transcriptOf(reader);
    const acked = devices.map((device) => device.acked);
    const own = acked.flat().length;
    const waiting = devices.reduce((sum, { outbox }) => sum + outbox.length, 0);
    const repeats = devices.reduce((sum, device) => sum + device.repeats, 0);
    this.found("acks", waiting === 0, { sent: own + waiting, acked: own, repeats });
    const faults = judgeTranscript({ acked, refused, transcript });
    this.found("transcript", faults.length === 0, { own, places: transcript.length, faults });
    this.foundPage(reader, transcript);
  }

  /** What a device shows, against what is stored. */
  foundPage({ label: device, view }: Visitor, transcript: readonly Message[]): void {
    const faults = judgeView(view, transcript);
    this.found("page", faults.length === 0, { device, messages: view.messages.size, faults });
  }

  /** Ends what was opened: the sessions of the invented people, and every line. What is already gone is no matter. */
  async clear(): Promise<void> {
    const people = new Set(this.#visitors.map(({ person }) => person));
    for (const person of people) {
      const devices = this.#visitors.filter((visitor) => visitor.person === person);
      const speaker =
        devices.find(({ isThere, lock }) => isThere && lock?.mine) ?? devices.find(({ isThere }) => isThere);
      await speaker?.ask("session:close", {}).catch(() => {});
    }
    for (const visitor of this.#visitors) visitor.retire();
  }
}

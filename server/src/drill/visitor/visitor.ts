/**
 * One browser profile of an invented person, as a good client behaves: it keeps what is not acknowledged and sends it again with
 * the same clientId, pieces its page together by rev, and comes back after a cut. Used by every scenario.
 */
import type { VisitorCommandName, VisitorData, VisitorPayloadIn } from "@baton/shared/commands";
import { Lock, type Snapshot } from "@baton/shared/visitor/shapes";
import { nanoid } from "nanoid";
import type { Acked, Sent } from "../judge.ts";
import { Ears } from "./ears.ts";
import { type Heard, Line, type Target } from "./line.ts";
import { LineLost, Refused } from "./lineErrors.ts";
import { comingBack, patiently } from "./patiently.ts";
import type { Person } from "./person.ts";
import { NOTHING, type View, withHeard, withMessage, withSnapshot, withSync } from "./view.ts";

/** A line that goes while one settles is made anew, so often. */
const MOST_RETURNS = 20;

export class Visitor {
  readonly deviceId = nanoid();
  readonly person: Person;
  readonly label: string;
  readonly ears = new Ears();
  /** Written and not answered, in order. */
  outbox: readonly Sent[] = [];
  /** How often something was sent that had been sent before. */
  repeats = 0;
  view: View = NOTHING;
  lock: Lock | undefined;
  readonly #nextTarget: () => Target;
  readonly #written: Sent[] = [];
  readonly #tried = new Set<string>();
  readonly #acked = new Map<string, Acked>();
  #line: Line | undefined;

  constructor(nextTarget: () => Target, person: Person, label: string) {
    this.#nextTarget = nextTarget;
    this.person = person;
    this.label = label;
  }

  /** In the order of writing, which need not be that of the answers. */
  get acked(): Acked[] {
    return this.#written.flatMap(({ clientId }) => this.#acked.get(clientId) ?? []);
  }

  get isThere(): boolean {
    return this.#line !== undefined && !this.#line.isOver;
  }

  /** Connects and opens: with `asNewPage` as a page that has just been loaded and remembers nothing. */
  async arrive({ asNewPage = false } = {}): Promise<Snapshot> {
    if (asNewPage) {
      this.view = NOTHING;
      this.lock = undefined;
    }
    return comingBack(() =>
      patiently(async () => {
        const line = await this.#connect();
        const opened = await line.ask("session:open", this.#opening());
        this.person.learn(opened);
        this.lock = opened.lock;
        this.view = withSnapshot(this.view, opened);
        return opened;
      }),
    );
  }

  /** A page that was passive and comes back by itself does not ask for the baton. */
  #opening(): VisitorPayloadIn<"session:open"> {
    const { sessionId, rev } = this.view;
    return {
      ...(sessionId !== undefined && { resume: { sessionId, rev } }),
      ...(this.lock && !this.lock.mine && { claim: false }),
    };
  }

  /** A tab of this device beside the present line, which stays up until somebody ends it. */
  takeLine(): Line | undefined {
    const line = this.#line;
    this.#line = undefined;
    return line;
  }

  async #connect(): Promise<Line> {
    if (this.#line && !this.#line.isOver) return this.#line;
    const auth = { device: { id: this.deviceId, label: `Baton drill: ${this.label}` }, ...(await this.person.auth()) };
    const line = await Line.open(this.#nextTarget(), auth, (heard) => this.#hear(heard));
    this.#line = line;
    return line;
  }

  #hear(heard: Heard): void {
    this.view = withHeard(this.view, heard);
    if (heard.event === "lock:changed") this.lock = heard.data.lock;
    this.ears.hear(heard);
  }

  cut(): void {
    this.#line?.cut();
    this.#line = undefined;
  }

  leave(): void {
    this.#line?.leave();
    this.#line = undefined;
  }

  /** Leaves, and waits for nothing any more. */
  retire(): void {
    this.leave();
    this.ears.giveUp();
  }

  /** A command, once. @throws Refused, LineLost */
  async ask<E extends VisitorCommandName>(event: E, payload: VisitorPayloadIn<E>): Promise<VisitorData<E>> {
    if (!this.#line) throw new LineLost(`${event} was not sent: there is no line`);
    return this.#line.ask(event, payload);
  }

  /** A command that may be asked again while the refusal says so. */
  askPatiently<E extends VisitorCommandName>(event: E, payload: VisitorPayloadIn<E>): Promise<VisitorData<E>> {
    return patiently(() => this.ask(event, payload));
  }

  write(text: string): Sent {
    const sent = { clientId: nanoid(), text };
    this.outbox = [...this.outbox, sent];
    this.#written.push(sent);
    return sent;
  }

  /** Everything that waits, at once and in order. Resolves when each was answered or the line is gone. */
  async flush(onAck: () => void = () => {}): Promise<void> {
    const answers = this.outbox.map((sent) => this.#deliver(sent).then(onAck));
    const settled = await Promise.allSettled(answers);
    for (const answer of settled) {
      if (answer.status === "rejected" && !(answer.reason instanceof LineLost)) throw answer.reason;
    }
  }

  async #deliver(sent: Sent): Promise<void> {
    let asked = 0;
    const { message, rev } = await patiently(() => {
      asked += 1;
      if (this.#tried.has(sent.clientId)) this.repeats += 1;
      this.#tried.add(sent.clientId);
      return this.ask("message:send", sent);
    });
    this.view = withMessage(this.view, message, rev);
    this.outbox = this.outbox.filter(({ clientId }) => clientId !== sent.clientId);
    const { seq, sessionId, id: messageId } = message;
    this.#acked.set(sent.clientId, { ...sent, seq, sessionId, messageId, wasPutOff: asked > 1 });
  }

  /** Until nothing waits: comes back when the line goes. */
  async settle(): Promise<void> {
    for (let returns = 0; this.outbox.length > 0; returns++) {
      if (returns > MOST_RETURNS) throw new LineLost(`${this.outbox.length} messages were not answered over and over`);
      if (!this.isThere) await this.arrive();
      await this.flush();
    }
  }

  /** Says it, and has it acknowledged. */
  async say(text: string): Promise<Acked> {
    const { clientId } = this.write(text);
    await this.settle();
    const acked = this.#acked.get(clientId);
    if (!acked) throw new Error(`${clientId} was settled and not acknowledged`);
    return acked;
  }

  /** Says it where it may be refused for good; undefined when it was acknowledged. It does not wait in the outbox afterwards. */
  async trySaying(sent: Sent): Promise<Refused | undefined> {
    try {
      await this.#deliver(sent);
      return undefined;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.outbox = this.outbox.filter(({ clientId }) => clientId !== sent.clientId);
      return error;
    }
  }

  /** «Continue here», pressed; and once more when the page showed an older lock. */
  async takeOver(): Promise<Lock> {
    try {
      return await this.#press();
    } catch (error) {
      const shown = error instanceof Refused && Lock.safeParse(error.refusal.details?.lock).data;
      if (!shown) throw error;
      this.lock = shown;
      return this.#press();
    }
  }

  async #press(): Promise<Lock> {
    const { lock } = await this.askPatiently("session:takeover", this.lock ? { epoch: this.lock.epoch } : {});
    this.lock = lock;
    return lock;
  }

  /** What changed since. */
  async sync(): Promise<VisitorData<"sync"> | undefined> {
    const { sessionId, rev } = this.view;
    if (sessionId === undefined) return undefined;
    const answer = await this.askPatiently("sync", { sessionId, rev });
    this.view = withSync(this.view, answer);
    this.lock = answer.lock;
    return answer;
  }
}

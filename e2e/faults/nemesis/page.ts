/**
 * One page of one device, with the manners of a good client: it comes back by itself, to another node when one is silent;
 * sends a word until it is answered for good; asks for what it missed; never claims the baton by itself once it was passive.
 * Made by person.ts.
 */
import type { VisitorNotice } from "@baton/shared/notices";
import type { Lock, Snapshot } from "@baton/shared/visitor/shapes";
import type { Told } from "../history/events.ts";
import { Line, type NoLine } from "./line.ts";
import { Outbox, type Word } from "./outbox.ts";
import { Pauses } from "./pauses.ts";
import type { Routes, Way } from "./routes.ts";
import { Screen } from "./screen.ts";

export type PageParts = {
  readonly user: string;
  readonly device: { readonly id: string; readonly label: string };
  readonly way: Way;
  /** The node that it goes to first. */
  readonly firstNode: number;
  readonly routes: Routes;
  readonly patienceMs: number;
  /** Who the person is, as far as they know. */
  auth(): Record<string, unknown>;
  /** As an earlier Snapshot told it, to the same token. */
  userId(): string | undefined;
  opened(snapshot: Snapshot): void;
  onKept(word: Word): void;
  record(event: Told): void;
  /** In [0, 1): spreads those who come back. */
  chance(): number;
  /** Its connection was ended, and this was said before. */
  closing(told: VisitorNotice<"closing">): void;
  /** What no good client should ever be told. */
  trouble(words: string): void;
};

const PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;
/** Another device speaks; or the word was deleted while its edit was on its way. */
const NO_CHANGE: ReadonlySet<string> = new Set(["not_active_device", "conflict"]);

let lines = 0;

export class Page {
  readonly device: PageParts["device"];
  readonly outbox: Outbox;
  readonly screen: Screen;
  lock: Lock | undefined;
  /** Its person is signed out: to be refused for good is no wonder. */
  isSignedOut = false;
  /** Since when it is open, by the monotonic clock: whatever it had missed until then it has seen. */
  openSince: number | undefined;
  readonly #parts: PageParts;
  readonly #pauses = new Pauses();
  #line: Line | undefined;
  #turn: number;
  #isOver = false;
  #told: VisitorNotice<"closing"> | undefined;
  /** Ids of what was said here and acknowledged; without what was deleted again. */
  #kept: readonly string[] = [];
  #isPumping = false;
  /** Of what was said: changes that are on their way. */
  #changing = 0;

  constructor(parts: PageParts) {
    this.#parts = parts;
    this.device = parts.device;
    this.#turn = parts.firstNode;
    this.outbox = new Outbox(parts);
    const line = () => this.line;
    const { patienceMs } = parts;
    const [learn, moveOn] = [(lock: Lock) => this.#learn(lock), () => this.moveOn()];
    // One that is late once is asked again; a line that is dead is left.
    this.screen = new Screen({ pauses: this.#pauses, patienceMs: 2 * patienceMs, line, learn, moveOn });
  }

  /** The open one. */
  get line(): Line | undefined {
    return this.openSince !== undefined && this.#line?.isUp ? this.#line : undefined;
  }

  /** As far as this page knows. */
  get isActive(): boolean {
    return this.lock?.mine === true;
  }

  /** It left, or was told not to return. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Nothing on its way, nothing to ask: it shows all that it knows of. */
  get isAtRest(): boolean {
    const isAsking = this.screen.isAsking || this.#changing > 0;
    return this.line !== undefined && this.outbox.words.length === 0 && !isAsking;
  }

  /** Resolves when it is open, or over. */
  async start(): Promise<void> {
    let backOffMs = PAUSE_MS;
    while (!this.#isOver) {
      const failure = await this.#tryToOpen();
      if (!failure) return void this.#pump();
      if (failure.kind === "never") {
        if (!this.isSignedOut) this.#trouble(`refused for good: ${failure.code}`);
        this.leave();
        return;
      }
      this.#turn += 1;
      await this.#pauses.wait(this.#told?.reconnectAfterMs ?? failure.afterMs ?? backOffMs * this.#parts.chance());
      backOffMs = Math.min(2 * backOffMs, LONGEST_PAUSE_MS);
    }
  }

  write(clientId: string, text: string): void {
    this.outbox.add(clientId, text);
    void this.#pump();
  }

  /** Changes the last word that is known to be kept, or deletes it: asked once, as people who look whether it worked. */
  async rephrase(text: string | undefined): Promise<void> {
    const { line } = this;
    const messageId = this.#kept.at(-1);
    if (!line || messageId === undefined) return;
    if (text === undefined) this.#kept = this.#kept.slice(0, -1);
    const { watched } = line;
    this.#changing += 1;
    const asked = text === undefined ? watched.delete({ messageId }) : watched.edit({ messageId, text });
    const answer = await asked.finally(() => {
      this.#changing -= 1;
    });
    if (answer?.ok) this.screen.take(answer.data.message.sessionId, answer.data.rev);
    else if (answer && !answer.error.retryable && !NO_CHANGE.has(answer.error.code))
      this.#trouble(`a change was refused: ${answer.error.code}`);
  }

  /** The person presses «Continue here». */
  async pressTakeover(): Promise<void> {
    const { line, lock } = this;
    const seen = lock ? { epoch: lock.epoch } : {};
    // Refused: somebody was quicker, or it was pressed too often. The page goes on as it is.
    const granted = await line?.watched.takeOver(seen).catch(() => undefined);
    if (granted && line === this.line) this.#learn(granted);
  }

  /** Gone without a word, and here again: the same device on another line. What was written stays, what was shown goes. */
  reload(): void {
    this.screen.clear();
    this.#line?.close();
  }

  /** As `reload`, by a person who comes to this device now and wants to speak, if nobody else is there. */
  visit(): void {
    this.lock = undefined;
    this.reload();
  }

  /** Nobody answers on this line. */
  moveOn(): void {
    this.#line?.close();
  }

  /** For good. */
  leave(): void {
    this.#isOver = true;
    this.#line?.close();
    this.#pauses.end();
  }

  async #tryToOpen(): Promise<NoLine | undefined> {
    const { routes, way, user, record, auth } = this.#parts;
    lines += 1;
    const route = routes.at(way, this.#turn);
    const who = { user, device: this.device.id, connection: `${user}-${lines}`, node: route.node.name };
    const line = new Line({ route, auth: { device: this.device, visible: true, ...auth() }, who, record });
    this.#line = line;
    this.#told = undefined;
    line.client.socket.onAny((event: string, payload: unknown) => this.#hear(line, event, payload));
    line.client.socket.on("disconnect", () => this.#lost(line));
    // What is live may be heard before the Snapshot that would tell.
    const userId = this.#parts.userId();
    if (userId !== undefined) record({ ...who, kind: "entitled", userId });
    // It was passive: coming back by itself is no wish to speak.
    const claim = this.lock?.mine === false ? { claim: false } : {};
    const opened = await line.open({ ...this.screen.resume, ...claim });
    if ("kind" in opened) return opened;
    this.#parts.opened(opened);
    // Cut right behind the answer: nobody else tells.
    if (!line.isUp) return { kind: "later" };
    this.screen.show(opened);
    this.openSince = performance.now();
    this.#learn(opened.lock);
    return undefined;
  }

  #lost(line: Line): void {
    for (const fault of line.client.faults) this.#trouble(fault);
    if (line !== this.#line || this.openSince === undefined) return;
    this.openSince = undefined;
    const told = this.#told;
    if (told?.mayReturn === false) this.#isOver = true;
    if (this.#isOver) return;
    // Another node may be quicker than the one that went away.
    this.#turn += 1;
    void this.#pauses.wait(told?.reconnectAfterMs ?? PAUSE_MS * this.#parts.chance()).then(() => this.start());
  }

  #hear(line: Line, event: string, payload: unknown): void {
    if (line !== this.#line) return;
    if (event === "closing") {
      this.#told = payload as VisitorNotice<"closing">;
      this.#parts.closing(this.#told);
    } else if (event === "lock:changed") this.#learn((payload as VisitorNotice<"lock:changed">).lock);
    else if (event === "sync:advised") this.screen.sync();
    else if (event === "message") {
      const { message, rev } = payload as VisitorNotice<"message">;
      this.screen.take(message.sessionId, rev);
    } else if (event === "session:updated" || event === "session:idle" || event === "session:ended") {
      const { session, rev } = payload as VisitorNotice<"session:updated">;
      this.screen.take(session.id, rev);
    }
  }

  #learn(lock: Lock): void {
    if (this.lock && lock.epoch < this.lock.epoch) return;
    this.lock = lock;
    if (!lock.mine) this.outbox.giveBackUnsent();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (let word = this.outbox.words[0]; word && this.line; word = this.outbox.words[0])
        await this.#say(word, this.line);
    } finally {
      this.#isPumping = false;
    }
  }

  async #say(word: Word, line: Line): Promise<void> {
    const outcome = await this.outbox.send(word, line.watched);
    switch (outcome.kind) {
      case "kept":
        this.#kept = [...this.#kept, outcome.message.id];
        return this.screen.take(outcome.message.sessionId, outcome.rev);
      case "again":
        return this.#pauses.wait(outcome.afterMs);
      case "returned": {
        if (outcome.code !== "not_active_device") this.#trouble(`a send was refused: ${outcome.code}`);
        const { lock } = (outcome.details ?? {}) as { lock?: Lock };
        if (lock) this.#learn(lock);
        return this.outbox.giveBackUnsent();
      }
      case "silence":
        // Once more on the same line, whose ack may only be late; then on another.
        if (word.tries > 1 && line === this.line) this.moveOn();
        return;
      case "cut":
        return;
    }
  }

  #trouble(words: string): void {
    this.#parts.trouble(`${this.#parts.user} on ${this.device.id}: ${words}`);
  }
}

/**
 * A gateway small enough to be believed, for tests of the widget's connection. It keeps a clientId once, numbers what it
 * keeps, and serves nobody who has not opened. Every frame on its way is one event of whoever says what happens next.
 */
import type { VisitorPayloadIn } from "@baton/shared/commands";
import type { Ack } from "@baton/shared/refusals";
import type { Message } from "@baton/shared/visitor/shapes";
import { message, session, snapshot } from "../chat/chatState.fixture.ts";
import { MadeUpLine } from "./madeUpLine.fixture.ts";

/** Something happens at a moment that somebody else picks. */
export type Later = (what: string, happen: () => void) => void;

/**
 * What becomes of a command: `deaf` takes no notice of it, `mute` does it and never says so, `gone` does it as the line is
 * cut; where it `talks`, somebody else says something in the same breath.
 */
export type Mood =
  | { kind: "well" | "deaf" | "mute" | "gone" | "talks" }
  | { kind: "refuses"; retryAfterMs: number | undefined };

const WELL: Mood = { kind: "well" };

export class MadeUpGateway {
  readonly kept: Message[] = [];
  /** What no client may do, and did. */
  readonly faults: string[] = [];
  readonly later: Later;
  #moods: Mood[];
  /** Whether the network lets anybody through. */
  reachable = true;
  #lines: MadeUpLine[] = [];

  constructor(later: Later, moods: readonly Mood[]) {
    this.later = later;
    this.#moods = [...moods];
  }

  get lines(): readonly MadeUpLine[] {
    this.#lines = this.#lines.filter((line) => !line.over);
    return this.#lines;
  }

  dial(): MadeUpLine {
    return new MadeUpLine(this);
  }

  dialled(line: MadeUpLine): void {
    if (this.lines.length > 0) this.faults.push("a second link beside the first");
    this.#lines.push(line);
    this.later("CONNECT", () => {
      const { kind } = this.reachable ? this.#mood() : { kind: "refuses" };
      if (kind === "well" || kind === "talks") line.down("CONNECT is answered", () => line.connected());
      else if (kind === "refuses") line.end("CONNECT fails", "connect_error");
    });
  }

  take(line: MadeUpLine, event: string, payload: unknown, answer: (ack: Ack<unknown>) => void): void {
    // Who opens is told what happens from now on, even before the answer.
    if (event === "session:open") line.listens = true;
    const mood = this.#mood();
    if (mood.kind === "deaf") return;
    const ack = mood.kind === "refuses" ? refusal(mood.retryAfterMs) : this.#do(event, payload);
    if (mood.kind === "talks") this.reply(false);
    if (mood.kind === "gone") this.cut();
    if (mood.kind !== "mute") line.down(`${event} is answered`, () => answer(ack));
  }

  /** Somebody else says something. `unheard`: the widget is told only that it missed something. */
  reply(unheard: boolean): void {
    this.#keep({ author: { kind: "bot", id: "b1" } }, unheard);
  }

  cut(): void {
    for (const line of this.lines) {
      line.cut = true;
      line.end("the cut is noticed", "disconnect");
    }
  }

  close(reconnectAfterMs: number | undefined): void {
    const closing = { code: "draining", mayReturn: true, message: "", ...(reconnectAfterMs && { reconnectAfterMs }) };
    for (const line of this.lines.filter(({ listens }) => listens)) {
      line.down("closing", () => {
        line.hear("closing", closing);
        line.end("the gateway hangs up", "disconnect");
      });
    }
  }

  /** From now on all goes well. */
  heal(): void {
    this.#moods = [];
    this.reachable = true;
  }

  #mood(): Mood {
    return this.#moods.shift() ?? WELL;
  }

  #do(event: string, payload: unknown): Ack<unknown> {
    if (event === "session:open") return this.#open(payload as VisitorPayloadIn<"session:open">);
    if (event === "message:send") return this.#send(payload as VisitorPayloadIn<"message:send">);
    if (event === "sync") return this.#sync(payload as VisitorPayloadIn<"sync">);
    return { ok: true, data: {} };
  }

  #open({ resume }: VisitorPayloadIn<"session:open">): Ack<unknown> {
    const rev = this.kept.length;
    if (rev === 0) return { ok: true, data: snapshot() };
    const messages = this.kept.slice(resume?.rev ?? 0);
    const resumption = { kind: "restored" } as const;
    return { ok: true, data: snapshot({ session: session(), resumption, messages, rev, reset: !resume }) };
  }

  #send({ clientId, text }: VisitorPayloadIn<"message:send">): Ack<unknown> {
    const author = { kind: "visitor", id: "u1" } as const;
    const first = this.kept.find((held) => held.clientId === clientId) ?? this.#keep({ clientId, text, author }, false);
    return { ok: true, data: { message: first, rev: first.rev, deadlines: snapshot().deadlines } };
  }

  #sync({ rev }: VisitorPayloadIn<"sync">): Ack<unknown> {
    const { lock, deadlines, receipts } = snapshot();
    const told = { session: session(), lock, deadlines, receipts, rev: this.kept.length, reset: false };
    return { ok: true, data: { ...told, changes: this.kept.slice(rev) } };
  }

  #keep(given: Partial<Message>, unheard: boolean): Message {
    const kept = message(this.kept.length + 1, given);
    this.kept.push(kept);
    if (kept.seq === 1) this.#announce("session:updated", { session: session(), rev: 0 });
    if (unheard) this.#announce("sync:advised", {});
    else this.#announce("message", { message: kept, rev: kept.rev });
    return kept;
  }

  #announce(name: string, payload: unknown): void {
    for (const line of this.lines) if (line.listens) line.down(name, () => line.hear(name, payload));
  }
}

function refusal(retryAfterMs: number | undefined): Ack<unknown> {
  const error = { code: "storage_unavailable", message: "", retryable: true } as const;
  return { ok: false, error: retryAfterMs === undefined ? error : { ...error, retryAfterMs } };
}

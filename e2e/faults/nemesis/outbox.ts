/**
 * What was written on one device and is not yet known to be kept: one word under way at a time, in order, with the same
 * clientId until it is answered for good. Survives the page, as a browser's storage does. Kept by page.ts.
 */
import type { Ack } from "@baton/shared/refusals";
import type { Message } from "@baton/shared/visitor/shapes";
import type { WatchedClient } from "../history/watchClient.ts";

export type Word = {
  readonly clientId: string;
  readonly text: string;
  readonly writtenAt: number;
  /** How often it went out. Until the first time nobody but this device knows of it. */
  tries: number;
};

type Answer = Ack<{ message: Message; rev: number }>;

export type Outcome =
  | { readonly kind: "kept"; readonly message: Message; readonly rev: number }
  /** Came back to its person as text. */
  | { readonly kind: "returned"; readonly code: string; readonly details: Record<string, unknown> | undefined }
  | { readonly kind: "again"; readonly afterMs: number }
  /** Nobody answered as long as one waits. */
  | { readonly kind: "silence" }
  /** The line ended. */
  | { readonly kind: "cut" };

export type OutboxParts = {
  readonly patienceMs: number;
  /** An ack: the first one of a word, on whatever line and however late. */
  onKept(word: Word): void;
};

const AGAIN_MS = 250;

export class Outbox {
  words: readonly Word[] = [];
  readonly #parts: OutboxParts;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  add(clientId: string, text: string): void {
    this.words = [...this.words, { clientId, text, writtenAt: performance.now(), tries: 0 }];
  }

  /** Sends the oldest word. What is answered later than patience lasts is taken in all the same. */
  async send(word: Word, to: WatchedClient): Promise<Outcome> {
    word.tries += 1;
    const answered = to
      .send({ clientId: word.clientId, text: word.text })
      .then((answer) => this.#judge(word, to, answer));
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<Outcome>((resolve) => {
      timer = setTimeout(resolve, this.#parts.patienceMs, { kind: "silence" });
    });
    try {
      return await Promise.race([answered, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Another device speaks now: what never went out is text again. */
  giveBackUnsent(): void {
    this.words = this.words.filter(({ tries }) => tries > 0);
  }

  #judge(word: Word, to: WatchedClient, answer: Answer | undefined): Outcome {
    if (!answer) return { kind: "cut" };
    if (answer.ok) {
      if (this.#remove(word)) this.#parts.onKept(word);
      return { kind: "kept", ...answer.data };
    }
    const { code, retryable, retryAfterMs = AGAIN_MS, details } = answer.error;
    if (retryable) return { kind: "again", afterMs: retryAfterMs };
    if (this.#remove(word)) to.giveBack(word.clientId);
    return { kind: "returned", code, details };
  }

  #remove(word: Word): boolean {
    const before = this.words.length;
    this.words = this.words.filter((other) => other !== word);
    return this.words.length < before;
  }
}

/** Empties the outbox over an open line: one at a time, in order. What happens to an entry is decided by its answer. */
import type { Connection } from "../connection/connect.ts";
import type { Ask } from "../connection/link.ts";
import { nextToSend } from "../connection/outbox.ts";
import type { Store } from "./store.ts";

/** Where a refusal may pass and the server did not say when to come again. */
export const AGAIN_MS = 2_000;

type Line = Pick<Connection, "open" | "say" | "flows">;

export class Sender {
  #ready = false;
  #busy = false;
  #later: ReturnType<typeof setTimeout> | undefined;
  readonly #store: Store;
  readonly #line: Line;
  readonly #ask: Ask;

  constructor(store: Store, line: Line, ask: Ask) {
    this.#store = store;
    this.#line = line;
    this.#ask = ask;
  }

  /** What was stored before is here, or not to be had: the older words go first. */
  begin(): void {
    this.#ready = true;
    this.pump();
  }

  pump(): void {
    void this.#next();
  }

  /** The line is new: whatever was waited for no longer counts. */
  resume(): void {
    this.stop();
    this.pump();
  }

  stop(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
  }

  async #next(): Promise<void> {
    const entry = nextToSend(this.#store.state.outbox);
    if (!entry) this.#line.flows(true);
    if (!this.#ready || this.#busy || !entry || !this.#line.open || this.#later !== undefined) return;
    const { clientId, text, sessionId } = entry;
    this.#busy = true;
    const payload = { clientId, text, ...(sessionId ? { sessionId } : {}) };
    const answer = await this.#ask("message:send", payload).catch(() => null);
    this.#busy = false;
    const isMeant = answer && (answer.ok || !answer.error.retryable);
    if (this.#line.open) this.#line.flows(!!isMeant);
    // What an answer tells has gone into the store already.
    if (answer?.ok) return this.pump();
    if (answer && !answer.error.retryable) {
      this.#store.dispatch({ kind: "outbox", action: { kind: "refuse", clientId, code: answer.error.code } });
    } else if (this.#line.open) {
      // No answer on a line that looks alive: ask whether it is, and send again under the same clientId.
      if (!answer) this.#line.say({ kind: "wake" });
      this.#wait(answer?.error.retryAfterMs ?? AGAIN_MS);
    }
    this.pump();
  }

  #wait(ms: number): void {
    this.#later = setTimeout(() => this.resume(), ms);
  }
}

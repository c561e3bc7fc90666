/**
 * The words being written: kept at once in this tab, so a refresh loses none, and told to the gateway now and then, so
 * they can follow the person. Also says that somebody writes.
 */
import type { Cell, Changes } from "../chat/cell.ts";
import { isPassive } from "../chat/chatState.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { Kept } from "../connection/kept.ts";

const DRAFT_MS = 1_000;
const TYPING_MS = 2_000;

export class Drafting {
  readonly text: Cell<string>;
  readonly #conversation: Conversation;
  readonly #kept: Kept;
  #later: ReturnType<typeof setTimeout> | undefined;
  #told = "";
  #telling: Promise<unknown> = Promise.resolve();
  #met = false;
  #typedAt = 0;
  #pausing: ReturnType<typeof setTimeout> | undefined;

  constructor(conversation: Conversation, kept: Kept, changes: Changes) {
    this.#conversation = conversation;
    this.#kept = kept;
    this.text = changes.cell(kept.read("draft") ?? "");
  }

  write(text: string): void {
    this.text.value = text;
    this.#kept.write("draft", text || null);
    this.#tellLater();
    if (text) this.#typing();
  }

  /**
   * What the gateway holds of this device's draft. It fills an empty composer once, when the page is new; later what
   * stands here is newer, also where the person has emptied it.
   */
  meet(text: string): void {
    const fresh = !this.#met;
    this.#met = true;
    this.#told = text;
    if (fresh && !this.text.value && text) this.write(text);
    else if (text !== this.text.value) this.#tellLater();
  }

  /**
   * The baton is elsewhere, and what the gateway has been told of goes along with it. What it has not stays here: so what
   * is on its way is waited for, because it may have come too late.
   */
  release(): void {
    void this.#telling.then(() => {
      if (isPassive(this.#conversation.store.state) && this.text.value === this.#told) this.clear();
    });
  }

  /** Sending clears the draft on the gateway too. */
  sent(): void {
    this.clear();
    this.#told = "";
  }

  clear(): void {
    this.stop();
    this.text.value = "";
    this.#kept.write("draft", null);
  }

  stop(): void {
    clearTimeout(this.#later);
    clearTimeout(this.#pausing);
    this.#later = undefined;
    this.#typedAt = 0;
  }

  #tellLater(): void {
    this.#later ??= setTimeout(() => this.#tell(), DRAFT_MS);
  }

  #tell(): void {
    this.#later = undefined;
    const text = this.text.value;
    const { state } = this.#conversation.store;
    if (text === this.#told || state.line !== "up" || isPassive(state)) return;
    this.#told = text;
    const untold = () => {
      if (this.#told === text) this.#told = "";
    };
    this.#telling = this.#conversation.ask("draft:set", { text }).then((answer) => answer.ok || untold(), untold);
  }

  #typing(): void {
    clearTimeout(this.#pausing);
    this.#pausing = setTimeout(() => this.#sayTyping(false), 2 * TYPING_MS);
    if (Date.now() - this.#typedAt < TYPING_MS) return;
    this.#typedAt = Date.now();
    this.#sayTyping(true);
  }

  #sayTyping(typing: boolean): void {
    if (!typing) this.#typedAt = 0;
    const { state } = this.#conversation.store;
    if (state.line !== "up" || isPassive(state) || Object.keys(state.tracks).length === 0) return;
    this.#conversation.ask("typing:set", { typing }).catch(() => null);
  }
}

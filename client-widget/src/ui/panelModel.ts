/**
 * What only this tab knows about the panel: open or not, the words being written, what was just pressed.
 * Components read its cells; the conversation itself is in chat/.
 */

import type { PanelMoment } from "../chat/banner.ts";
import { Changes } from "../chat/cell.ts";
import { currentSession } from "../chat/chatState.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { Kept } from "../connection/kept.ts";
import type { Shell } from "../embed/shell.ts";
import type { Word } from "../text/en.ts";
import { type Say, speaker } from "../text/say.ts";
import { Drafting } from "./drafting.ts";

const FLASH_MS = 3_000;
const UNDO_MS = 10_000;

export class PanelModel {
  readonly changes = new Changes();
  readonly open = this.changes.cell(false);
  readonly menuOpen = this.changes.cell(false);
  readonly moment = this.changes.cell<PanelMoment>({ ending: "no", flash: null, storageDenied: false });
  /** For the two live regions. */
  readonly polite = this.changes.cell("");
  readonly assertive = this.changes.cell("");
  readonly unread = this.changes.cell(0);
  /** Sessions whose rating was given or skipped in this tab. */
  readonly rated = this.changes.cell<readonly string[]>([]);
  readonly drafting: Drafting;
  readonly conversation: Conversation;
  readonly #shell: Shell;
  readonly #kept: Kept;
  /** Set by the composer while it is on the page. */
  focusComposer: () => void = () => undefined;
  #byPerson = false;
  #cameFrom: HTMLElement | null = null;
  #flash: ReturnType<typeof setTimeout> | undefined;
  #undo: ReturnType<typeof setTimeout> | undefined;

  constructor(conversation: Conversation, shell: Shell, kept: Kept) {
    this.conversation = conversation;
    this.#shell = shell;
    this.#kept = kept;
    this.drafting = new Drafting(conversation, kept, this.changes);
    conversation.store.watch(this.changes.tell);
  }

  /** The site's own words before ours. */
  get say(): Say {
    return speaker(this.conversation.store.state.site?.texts);
  }

  get shell(): Shell {
    return this.#shell;
  }

  /** `byPerson`: opened by code it never takes the focus. */
  setOpen(open: boolean, byPerson = true): void {
    if (open === this.open.value) return;
    this.#byPerson = byPerson;
    if (open) this.#cameFrom = document.activeElement as HTMLElement | null;
    this.open.value = open;
    this.menuOpen.value = false;
    if (open) this.unread.value = 0;
    this.#kept.write("panel", open ? "open" : "closed");
    this.#shell.launcher.ariaExpanded = String(open);
    if (open && this.conversation.store.state.line === "off") this.conversation.wake();
    this.#shell.emit(open ? "open" : "close");
    if (!open && this.#heldFocus) this.#giveFocusBack();
  }

  /** The panel has been drawn. A keyboard that jumps up on a phone would hide what one came to read. */
  opened(frame: HTMLElement | null, modal: boolean): void {
    if (!this.#byPerson) return;
    if (modal) frame?.focus();
    else this.focusComposer();
  }

  get #heldFocus(): boolean {
    return this.#byPerson && (document.activeElement === this.#shell.host || document.activeElement === document.body);
  }

  #giveFocusBack(): void {
    const { host, launcher } = this.#shell;
    const cameFrom = this.#cameFrom;
    const elsewhere = cameFrom?.isConnected && cameFrom !== host && cameFrom !== document.body;
    if (elsewhere) cameFrom.focus();
    else launcher.focus();
  }

  send(text: string): void {
    const words = text.trim();
    if (!words) return;
    this.conversation.write(words);
    this.drafting.sent();
  }

  flash(word: Word): void {
    clearTimeout(this.#flash);
    this.#set({ flash: word });
    this.polite.value = this.say(word);
    this.#flash = setTimeout(() => this.#set({ flash: null }), FLASH_MS);
  }

  storageDenied(denied: boolean): void {
    this.#set({ storageDenied: denied });
  }

  askEnd(): void {
    this.menuOpen.value = false;
    this.#set({ ending: "asked" });
  }

  keepChatting(): void {
    clearTimeout(this.#undo);
    this.#undo = undefined;
    this.#set({ ending: "no" });
  }

  /** The gateway is told only after the time for «Undo», or when the page goes. */
  endSoon(): void {
    this.#set({ ending: "undoable" });
    this.#undo = setTimeout(() => this.endNow(), UNDO_MS);
  }

  endNow(): void {
    if (this.#undo === undefined) return;
    this.keepChatting();
    const session = currentSession(this.conversation.store.state);
    if (session) void this.conversation.ask("session:close", { sessionId: session.id }).catch(() => null);
  }

  rate(sessionId: string, score: number | null, comment: string): void {
    this.rated.value = [...this.rated.value, sessionId];
    if (score === null) return;
    const said = comment.trim() ? { comment: comment.trim() } : {};
    void this.conversation.ask("session:rate", { sessionId, score, ...said }).catch(() => null);
    this.flash("rateThanks");
  }

  /** Adds the style of a part that was downloaded later; gives its removal. */
  dress(css: string): () => void {
    const { root } = this.#shell;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return () => {
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((worn) => worn !== sheet);
    };
  }

  /** Nothing of the last person stays. */
  wipe(): void {
    this.keepChatting();
    this.drafting.clear();
    this.menuOpen.value = false;
    this.unread.value = 0;
    this.rated.value = [];
  }

  stop(): void {
    clearTimeout(this.#flash);
    clearTimeout(this.#undo);
    this.drafting.stop();
  }

  #set(change: Partial<PanelMoment>): void {
    this.moment.value = { ...this.moment.value, ...change };
  }
}

/**
 * What only this tab knows about the panel: open or not, the words being written, what was just pressed.
 * Components read its cells; the conversation itself is in chat/.
 */

import { chooseSlot, needsLater, type PanelMoment, QUIET, type Slot } from "../chat/banner.ts";
import { Changes } from "../chat/cell.ts";
import { currentSession } from "../chat/chatState.ts";
import type { Conversation } from "../chat/conversation.ts";
import type { Kept } from "../connection/kept.ts";
import type { Shell } from "../embed/shell.ts";
import { type Say, speaker, type Word } from "../text/say.ts";
import { Drafting } from "./drafting.ts";

/** Its parts are named where they are made. */
type Later = typeof import("./later/later.ts");

const FLASH_MS = 3_000;
const UNDO_MS = 10_000;

export class PanelModel {
  readonly changes = new Changes();
  readonly open = this.changes.cell(false);
  readonly menuOpen = this.changes.cell(false);
  readonly moment = this.changes.cell<PanelMoment>(QUIET);
  /** Downloaded when something of it is needed. */
  readonly later = this.changes.cell<Later | null>(null);
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
  readonly #fetchLater: () => Promise<Later>;
  #fetching: Promise<Later | null> | undefined;
  #stopLater: () => void = () => undefined;
  #goingOn: Promise<void> | undefined;
  /** Set by the composer while it is on the page. */
  focusComposer: () => void = () => undefined;
  #byPerson = false;
  #cameFrom: HTMLElement | null = null;
  #flash: ReturnType<typeof setTimeout> | undefined;
  #undo: ReturnType<typeof setTimeout> | undefined;
  #ending: string | undefined;

  constructor(conversation: Conversation, shell: Shell, kept: Kept, fetchLater: () => Promise<Later>) {
    this.conversation = conversation;
    this.#shell = shell;
    this.#kept = kept;
    this.#fetchLater = fetchLater;
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

  get slot(): Slot | null {
    return chooseSlot(this.conversation.store.state, this.moment.value);
  }

  /** Null where it cannot be had now; the next change asks again. */
  need(): Promise<Later | null> {
    this.#fetching ??= this.#fetchLater()
      .then((later) => {
        this.#stopLater = later.start(this);
        this.later.value = later;
        return later;
      })
      .catch(() => {
        this.#fetching = undefined;
        return null;
      });
    return this.#fetching;
  }

  /** Has been drawn: what is missing is fetched for the next time. */
  drawn(): void {
    if (needsLater(this.conversation.store.state, this.slot)) void this.need();
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
    // Who writes on has not left.
    this.keepChatting();
    this.conversation.write(words);
    this.drafting.sent();
    this.note({ arrived: null });
  }

  /** A key was pressed in the composer: whatever asked to be answered first has its answer. */
  typed(text: string): void {
    const { arrived } = this.moment.value;
    const { id } = currentSession(this.conversation.store.state) ?? {};
    const isOffered = this.slot === "offer";
    this.note({ arrived: arrived?.clash ? arrived : null, ...(id && isOffered ? { looked: id } : {}) });
    this.drafting.write(text);
    if (isOffered) this.#goOn();
  }

  /** What is offered is taken up by writing. */
  #goOn(): void {
    this.#goingOn ??= this.need()
      .then((later) => later?.resume(this, "continue"))
      .finally(() => {
        this.#goingOn = undefined;
      });
  }

  flash(word: Word, ms = FLASH_MS): void {
    clearTimeout(this.#flash);
    this.note({ flash: word });
    this.polite.value = this.say(word);
    this.#flash = setTimeout(() => this.note({ flash: null }), ms);
  }

  /** What was pressed is gone, and the focus with it. Nothing happens where it is still somewhere. */
  regainFocus(): void {
    setTimeout(() => {
      const { root, host } = this.#shell;
      if (
        !this.open.value ||
        root.activeElement ||
        ![host, document.body].includes(document.activeElement as HTMLElement)
      )
        return;
      if (matchMedia("(pointer: coarse)").matches) root.querySelector<HTMLElement>(".panel")?.focus();
      else this.focusComposer();
    });
  }

  askEnd(): void {
    this.menuOpen.value = false;
    this.note({ ending: "asked" });
  }

  keepChatting(): void {
    clearTimeout(this.#undo);
    this.#undo = undefined;
    this.note({ ending: "no" });
  }

  /** The gateway is told only after the time for «Undo», or when the page goes; another session may have begun by then. */
  endSoon(undoMs = UNDO_MS): void {
    clearTimeout(this.#undo);
    this.#ending = currentSession(this.conversation.store.state)?.id;
    this.note({ ending: "undoable" });
    this.#undo = setTimeout(() => this.endNow(), undoMs);
  }

  endNow(): void {
    if (this.#undo === undefined) return;
    this.keepChatting();
    const sessionId = this.#ending;
    if (sessionId) void this.conversation.ask("session:close", { sessionId }).catch(() => null);
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
    this.note({ ...QUIET, storageDenied: this.moment.value.storageDenied });
    this.drafting.clear();
    this.menuOpen.value = false;
    this.unread.value = 0;
    this.rated.value = [];
    this.polite.value = this.assertive.value = "";
  }

  stop(): void {
    clearTimeout(this.#flash);
    clearTimeout(this.#undo);
    this.#stopLater();
    this.drafting.stop();
  }

  note(change: Partial<PanelMoment>): void {
    this.moment.value = { ...this.moment.value, ...change };
  }
}

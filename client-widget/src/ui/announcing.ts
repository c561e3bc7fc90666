/** Turns changes of the conversation into what is said aloud, counted on the launcher, told to the page and marked as read. */

import type { Draft, Message } from "@baton/shared/visitor/shapes";
import { type ChatState, currentSession, isPassive } from "../chat/chatState.ts";
import type { PanelModel } from "./panelModel.ts";

/** A speaker who says nothing more has stopped, even if we were not told. */
const TYPING_MS = 6_000;

export class Announcer {
  readonly #panel: PanelModel;
  readonly #unwatch: () => void;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #readSeq = 0;
  /** There were words left from being offline, and it is worth saying that they have gone. */
  #owing = false;

  constructor(panel: PanelModel) {
    this.#panel = panel;
    this.#unwatch = panel.conversation.store.watch((before, after, input) => {
      if (before.messages !== after.messages) this.#heardMessages(before, after, input?.kind === "notice");
      if (before.line !== after.line) this.#line(before, after);
      if (before.outbox !== after.outbox) this.#outbox(before, after);
      if (before.typing !== after.typing) this.#watchTyping(after);
      // The other tabs have words of their own.
      if (input?.kind === "snapshot" && panel.conversation.leads) {
        const { draft, device } = input.snapshot;
        const own = !draft || draft.deviceId === device.id;
        panel.drafting.meet(own ? (draft?.text ?? "") : "");
        if (!own && !isPassive(after)) this.#draft(draft);
      }
      if (input?.kind === "notice" && input.name === "draft") this.#draft(input.payload);
    });
  }

  stop(): void {
    this.#unwatch();
    clearTimeout(this.#typing);
  }

  /** The newest line is on the screen of a person who looks. */
  markRead(): void {
    const { store } = this.#panel.conversation;
    const state = store.state;
    const session = currentSession(state);
    if (!session || !this.#panel.open.value || document.visibilityState !== "visible" || state.line !== "up") return;
    const seq = Math.max(
      0,
      ...Object.values(state.messages).map((m) => (m.sessionId === session.id && isTheirs(m) ? m.seq : 0)),
    );
    if (seq <= this.#readSeq) return;
    this.#readSeq = seq;
    this.#panel.conversation.ask("receipt:read", { sessionId: session.id, seq }).catch(() => {
      this.#readSeq = 0;
    });
  }

  #draft(draft: Draft): void {
    void this.#panel.need().then((later) => later?.meetDraft(this.#panel, draft));
  }

  #heardMessages(before: ChatState, after: ChatState, live: boolean): void {
    if (currentSession(before)?.id !== currentSession(after)?.id) this.#readSeq = 0;
    for (const message of Object.values(after.messages)) {
      const held = before.messages[message.id];
      if (live && isTheirs(message) && held?.status !== message.status) this.#heard(message);
    }
    this.markRead();
  }

  #heard(message: Message): void {
    const { polite, say, shell, unread, open, conversation } = this.#panel;
    if (message.status === "streaming") {
      const name = conversation.store.state.site?.bot?.name ?? say("bot");
      polite.value = say("answering", { name });
      return;
    }
    shell.emit("message:received", { id: message.id, text: message.text });
    if (open.value || message.kind === "notice") return;
    unread.value += 1;
    shell.emit("unread", { count: unread.value });
  }

  #line(before: ChatState, after: ChatState): void {
    const wasDown = before.line === "reconnecting" || before.line === "offline";
    if (after.line === "up" && wasDown) {
      this.#panel.flash("back");
      this.#owing = after.outbox.length > 0;
    }
    if (after.line === "offline") this.#panel.polite.value = this.#panel.say("offline");
    this.#panel.shell.emit("connection", { state: after.line });
  }

  #outbox(before: ChatState, after: ChatState): void {
    const refused = (state: ChatState) => state.outbox.filter((entry) => entry.state === "refused").length;
    if (refused(after) > refused(before)) this.#panel.assertive.value = this.#panel.say("notSent");
    if (!this.#owing || after.outbox.length > 0) return;
    this.#owing = false;
    if (after.user) this.#panel.flash("allSent");
  }

  #watchTyping(after: ChatState): void {
    clearTimeout(this.#typing);
    const sessionId = currentSession(after)?.id;
    const authors = Object.values(after.typing);
    if (!sessionId || authors.length === 0) return;
    this.#typing = setTimeout(() => {
      for (const author of authors) {
        const payload = { sessionId, author, typing: false };
        this.#panel.conversation.store.dispatch({ kind: "notice", name: "typing", payload });
      }
    }, TYPING_MS);
  }
}

function isTheirs(message: Message): boolean {
  return message.author.kind !== "visitor";
}

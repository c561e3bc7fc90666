/**
 * What a state does beside being drawn: it is said aloud, named in a hidden page's title, told to the page; words that
 * were held back return to their person.
 */
import type { Banner, Slot } from "../../chat/banner.ts";
import { type ChatState, currentSession, EMPTY_CHAT, isPassive } from "../../chat/chatState.ts";
import type { Slots } from "../../text/say.ts";
import { ago } from "../../text/when.ts";
import type { PanelModel } from "../panelModel.ts";
import { takeReturned } from "./arrived.ts";
import { happened } from "./happened.ts";
import { leftMs, minutes, spoken } from "./left.ts";
import { elsewhereWord, offerWords, otherDevice, sentenceOf } from "./sentences.ts";

const THANKS_MS = 2_000;

export function watchOver(panel: PanelModel): () => void {
  const { store } = panel.conversation;
  const listening = new AbortController();
  const title = new Title(panel);
  const voice = new Voice(panel);
  const look = () => {
    title.look();
    voice.look();
    void takeReturned(panel);
  };
  const unstore = store.watch((before, after) => changed(panel, before, after));
  const unwatch = panel.changes.watch(look);
  document.addEventListener("visibilitychange", look, { signal: listening.signal });
  // What made this file be fetched has happened already.
  tell(panel, EMPTY_CHAT, store.state);
  if (isPassive(store.state)) panel.drafting.release();
  look();
  return () => {
    unstore();
    unwatch();
    listening.abort();
    title.restore();
    voice.stop();
  };
}

function changed(panel: PanelModel, before: ChatState, after: ChatState): void {
  tell(panel, before, after);
  const [was, is] = [isPassive(before), isPassive(after)];
  if (!was && is) {
    panel.drafting.release();
    panel.note({ arrived: null });
  }
  if (was && !is) {
    if (panel.moment.value.moving !== "no" && after.lock?.mine) panel.flash("moved");
    panel.note({ moving: "no" });
    panel.regainFocus();
  }
  const stayed = before.pausesAt !== null && after.pausesAt === null && currentSession(after)?.state === "open";
  if (stayed && !is) panel.flash("thanks", THANKS_MS);
}

function tell(panel: PanelModel, before: ChatState, after: ChatState): void {
  for (const [name, detail] of happened(before, after)) panel.shell.emit(name, detail);
}

/** What fills the slots of a sentence, but for the countdown's. */
export function slotsOf({ conversation, say }: PanelModel, { slots, word }: Banner<string>): Slots {
  const { resumption, skewMs, pausesAt } = conversation.store.state;
  const now = Date.now() + skewMs;
  if (word === "endedAway") return { relative: ago(Date.parse(resumption?.previous?.endedAt ?? ""), now) };
  if (word === "warning") return { time: minutes(leftMs({ pausesAt, skewMs }, Date.now())) };
  return slots ?? { device: say("otherDevice") };
}

/** Says each state once, when it comes, and the last minute at its marks. */
class Voice {
  readonly #panel: PanelModel;
  #said = "";
  #slot: Slot | null = null;
  #left = Number.NaN;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(panel: PanelModel) {
    this.#panel = panel;
  }

  look(): void {
    const { slot } = this.#panel;
    const counting = slot === "countdown";
    if (counting && !this.#ticking) this.#ticking = setInterval(() => this.#tick(), 1_000);
    if (!counting) this.stop();
    // What comes again is said again.
    if (slot !== this.#slot) this.#said = "";
    this.#slot = slot;
    if (!slot || !(this.#panel.open.value || counting)) return;
    const words = this.#words(slot);
    if (!words || words === this.#said) return;
    this.#said = words;
    if (slot === "blocked") this.#panel.assertive.value = words;
    else this.#panel.polite.value = words;
  }

  stop(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#left = Number.NaN;
  }

  #words(slot: Slot): string {
    const { say, conversation, moment } = this.#panel;
    const { state } = conversation.store;
    if (slot === "elsewhere") {
      return say(elsewhereWord(state, moment.value.moving), { device: otherDevice(state) ?? say("otherDevice") });
    }
    if (slot === "offer" && !moment.value.looked) return offerWords(state, say);
    const sentence = sentenceOf(slot, state, moment.value);
    // Once, however the minutes go by: the marks are the tick's.
    if (slot === "countdown" && !Number.isNaN(this.#left)) return "";
    return sentence ? say(sentence.word, slotsOf(this.#panel, sentence)) : "";
  }

  #tick(): void {
    const { say, conversation, polite, assertive } = this.#panel;
    const left = leftMs(conversation.store.state, Date.now());
    const mark = spoken(this.#left, left);
    this.#left = left;
    if (!mark) return;
    const region = mark.urgent ? assertive : polite;
    region.value = say("pausesSoon", { time: mark.words });
  }
}

/** A page in the background asks by its title. What the page itself writes there meanwhile is left alone. */
class Title {
  readonly #panel: PanelModel;
  #own: string | null = null;

  constructor(panel: PanelModel) {
    this.#panel = panel;
  }

  look(): void {
    const asks = this.#panel.slot === "countdown" && document.visibilityState === "hidden";
    if (!asks) this.restore();
    const question = this.#panel.say("stillThere");
    if (!asks || document.title === question) return;
    this.#own = document.title;
    document.title = question;
  }

  restore(): void {
    if (this.#own !== null && document.title === this.#panel.say("stillThere")) document.title = this.#own;
    this.#own = null;
  }
}

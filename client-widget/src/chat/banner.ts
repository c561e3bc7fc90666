/**
 * What stands above the composer. Pure; the first that applies wins, as experience.md orders them. What goes with a line
 * that is gone, or passes by, is said here; the rest by ui/later/, downloaded when it is first needed.
 */
import type { Slots, Word } from "../text/say.ts";
import { type ChatState, currentSession, isPassive } from "./chatState.ts";

export type Banner<Act extends string = "tryNow" | "gotIt"> = {
  /** `plain`: none of its actions is the one to press. */
  tone: "wait" | "bad" | "good" | "quiet" | "plain";
  word: Word;
  slots?: Slots;
  actions: readonly { act: Act; word: Word }[];
};

/** What only this tab knows. */
export type PanelMoment = {
  /** «End chat» was pressed and may be taken back. */
  ending: "no" | "asked" | "undoable";
  /** «Continue here» was pressed. `wait`: it was pressed too often; `ready`: the wait for that is over. */
  moving: "no" | "moving" | "failed" | "wait" | "ready";
  /** An offer was laid aside to read first; or a session's end has been acknowledged: its id. */
  looked: string | null;
  /** Words that came from another device: in the composer, or beside what stands there (`clash`). */
  arrived: { text: string; from: string; clash: boolean; shown: boolean } | null;
  /** Said for a moment. */
  flash: Word | null;
  storageDenied: boolean;
};

export const QUIET: PanelMoment = {
  ending: "no",
  moving: "no",
  looked: null,
  arrived: null,
  flash: null,
  storageDenied: false,
};

/** Highest first. */
export type Slot =
  | "blocked"
  | "ending"
  | "endedAway"
  | "elsewhere"
  | "checking"
  | "countdown"
  | "offline"
  | "offer"
  | "paused"
  | "draft"
  | "info";

export function chooseSlot(state: ChatState, moment: PanelMoment): Slot | null {
  const session = currentSession(state);
  const idle = session?.state === "idle";
  if (state.line === "refused" && state.refusal) return "blocked";
  if (moment.ending !== "no") return "ending";
  if (hasEndedAway(state, moment)) return "endedAway";
  if (isPassive(state)) return "elsewhere";
  if (state.checking && (state.line === "up" || state.line === "brief")) return "checking";
  if (state.pausesAt !== null && session?.state === "open") return "countdown";
  if (state.line === "offline" || state.line === "reconnecting") return "offline";
  if (idle) return state.resumption?.kind === "offer" ? "offer" : "paused";
  if (moment.arrived) return "draft";
  return moment.flash || state.queue || moment.storageDenied ? "info" : null;
}

/** Whether ui/later/ has something to do: draw a state, give unsent words back, ask for a rating. */
export function needsLater(state: ChatState, slot: Slot | null): boolean {
  if (slot !== null && !isPlain(slot)) return true;
  return state.outbox.some((entry) => entry.state === "returned") || currentSession(state)?.state === "ended";
}

/** Where there may be no line to download anything by, or nothing is worth it. */
export function isPlain(slot: Slot | null): boolean {
  return slot === "offline" || slot === "info" || slot === "checking";
}

export function plainBanner(state: ChatState, moment: PanelMoment): Banner {
  const { line, queue, checking } = state;
  if (checking && (line === "up" || line === "brief")) return { tone: "wait", word: "checking", actions: [] };
  if (line === "reconnecting") return { tone: "wait", word: "reconnecting", actions: [] };
  if (line === "offline") return offline(state);
  if (moment.flash) return { tone: "good", word: moment.flash, actions: [] };
  if (queue) return { tone: "quiet", word: "queue", slots: { n: queue.position }, actions: [] };
  return { tone: "quiet", word: "storageBlocked", actions: [{ act: "gotIt", word: "gotIt" }] };
}

function offline({ outbox }: ChatState): Banner {
  const n = outbox.filter((entry) => entry.state === "waiting").length;
  const word = n === 0 ? "offline" : n === 1 ? "offlineOne" : "offlineMany";
  return { tone: "wait", word, slots: { n }, actions: [{ act: "tryNow", word: "tryNow" }] };
}

function hasEndedAway(state: ChatState, { looked }: PanelMoment): boolean {
  const session = currentSession(state);
  if (!state.endedAway || (session && session.state !== "ended")) return false;
  return state.outbox.length === 0 && looked !== state.resumption?.previous?.sessionId;
}

/** Which one sentence stands above the composer. Pure; the first that applies wins, as experience.md orders them. */
import type { Word } from "../text/en.ts";
import type { Slots } from "../text/say.ts";
import type { ChatState } from "./chatState.ts";

export type BannerAction = "tryNow" | "undo" | "keepChatting" | "endChat" | "gotIt";

export type Banner = {
  tone: "wait" | "bad" | "good" | "quiet";
  word: Word;
  slots?: Slots;
  actions: readonly { act: BannerAction; word: Word }[];
};

/** What only this tab knows. */
export type PanelMoment = {
  /** «End chat» was pressed and may be taken back. */
  ending: "no" | "asked" | "undoable";
  /** Said for three seconds. */
  flash: Word | null;
  storageDenied: boolean;
};

const TRY_NOW = { act: "tryNow", word: "tryNow" } as const;

export function chooseBanner(state: ChatState, moment: PanelMoment): Banner | null {
  return refused(state) ?? ending(moment) ?? offline(state) ?? passing(state, moment);
}

function refused({ line, refusal }: ChatState): Banner | null {
  if (line !== "refused" || !refusal) return null;
  const again = [{ act: "tryNow", word: "tryAgain" }] as const;
  if (refusal === "token_expired" || refusal === "token_invalid")
    return { tone: "wait", word: "signIn", actions: again };
  if (refusal === "too_many_connections") return { tone: "bad", word: "tooMany", actions: again };
  return { tone: "bad", word: "blocked", slots: { code: refusal }, actions: again };
}

function ending({ ending: stage }: PanelMoment): Banner | null {
  if (stage === "asked") {
    const actions = [
      { act: "keepChatting", word: "keepChatting" },
      { act: "endChat", word: "endChat" },
    ] as const;
    return { tone: "quiet", word: "endQuestion", actions };
  }
  return stage === "undoable" ? { tone: "quiet", word: "ending", actions: [{ act: "undo", word: "undo" }] } : null;
}

function offline({ line, outbox }: ChatState): Banner | null {
  if (line === "reconnecting") return { tone: "wait", word: "reconnecting", actions: [] };
  if (line !== "offline") return null;
  const n = outbox.filter((entry) => entry.state === "waiting").length;
  const word = n === 0 ? "offline" : n === 1 ? "offlineOne" : "offlineMany";
  return { tone: "wait", word, slots: { n }, actions: [TRY_NOW] };
}

function passing(state: ChatState, { flash, storageDenied }: PanelMoment): Banner | null {
  if (flash) return { tone: "good", word: flash, actions: [] };
  if (state.queue) return { tone: "quiet", word: "queue", slots: { n: state.queue.position }, actions: [] };
  if (!storageDenied) return null;
  return { tone: "quiet", word: "storageBlocked", actions: [{ act: "gotIt", word: "gotIt" }] };
}

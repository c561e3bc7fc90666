/** What is said in each state, and what may be pressed. Pure: experience.md's table, row by row. */
import type { Banner, PanelMoment, Slot } from "../../chat/banner.ts";
import { type ChatState, currentSession, isPassive } from "../../chat/chatState.ts";
import type { Say, Word } from "../../text/say.ts";

export type StateAct =
  | "again"
  | "signIn"
  | "keepChatting"
  | "endChat"
  | "undo"
  | "stay"
  | "askEnd"
  | "continue"
  | "new"
  | "read"
  | "takeBack"
  | "show"
  | "insertBelow";

type StateBanner = Banner<StateAct>;

/** Null where the state has another place than the banner's. Times are the component's to fill in. */
export function sentenceOf(slot: Slot, state: ChatState, moment: PanelMoment): StateBanner | null {
  switch (slot) {
    case "blocked":
      return blocked(state.refusal ?? "");
    case "ending":
      return moment.ending === "asked"
        ? quiet("endQuestion", ["keepChatting", "keepChatting"], ["endChat", "endChat"])
        : quiet("ending", ["undo", "undo"]);
    case "endedAway":
      return endedAway(state);
    case "countdown":
      return { ...quiet("warning", ["stay", "stillHere"], ["askEnd", "endChat"]), tone: "wait" };
    case "paused":
      return quiet("paused", ["continue", "continueChat"], ["new", "startNew"]);
    case "offer":
      return moment.looked ? quiet("offerSeen", ["continue", "continueChat"], ["new", "startNew"]) : null;
    case "draft":
      return draft(moment);
    case "elsewhere":
    case "checking":
    case "offline":
    case "info":
      return null;
  }
}

export function elsewhereWord({ lost }: ChatState, moving: PanelMoment["moving"]): Word {
  if (moving === "moving") return "moving";
  if (moving === "failed") return "moveFailed";
  if (moving !== "no") return "fight";
  return lost ? "takenOver" : "activeOn";
}

/** The gateway's greeting names the topic where it may. */
export function offerWords({ resumption, user }: ChatState, say: Say): string {
  const name = user?.name;
  return resumption?.greeting ?? say(name ? "offerName" : "offer", { name: name ?? "" });
}

export function otherDevice({ lock, rival }: ChatState): string | undefined {
  return (lock?.holder ?? rival)?.label;
}

function blocked(code: string): StateBanner {
  if (code === "token_expired" || code === "token_invalid")
    return { ...quiet("signInAgain", ["signIn", "signIn"]), tone: "wait" };
  const word = code === "too_many_connections" ? "tooMany" : "blocked";
  return { ...quiet(word, ["again", "tryAgain"]), tone: "bad", slots: { code } };
}

/** What is on the screen need not be fetched to be read. */
function endedAway(state: ChatState): StateBanner {
  const shown = currentSession(state) !== null || Object.keys(state.messages).length > 0;
  const { actions, ...banner } = quiet("endedAway", ["new", "startNew"], ["read", "readIt"]);
  return { ...banner, actions: actions.filter(({ act }) => (act === "new" ? !isPassive(state) : !shown)) };
}

function draft({ arrived }: PanelMoment): StateBanner {
  const banner = arrived?.clash
    ? quiet("draftFrom", ...(arrived.shown ? [] : [["show", "show"] as const]), ["insertBelow", "insertBelow"])
    : quiet("draftFrom", ["takeBack", "undo"]);
  return { ...banner, tone: "plain", slots: { device: arrived?.from ?? "" } };
}

function quiet(word: Word, ...actions: readonly (readonly [act: StateAct, word: Word])[]): StateBanner {
  return { tone: "quiet", word, actions: actions.map(([act, label]) => ({ act, word: label })) };
}

/** Fetches what was said before what is shown: of the same session, or of the one before it. */
import { useState } from "preact/hooks";
import { type ChatState, currentSession } from "../chat/chatState.ts";
import { usePanel } from "./context.ts";

export function EarlierButton() {
  const panel = usePanel();
  const [busy, setBusy] = useState(false);
  if (!hasEarlier(panel.conversation.store.state)) return null;
  const fetchMore = async () => {
    setBusy(true);
    const later = await panel.need();
    await later?.fetchEarlier(panel);
    setBusy(false);
  };
  return (
    <button type="button" class="earlier" disabled={busy} onClick={() => void fetchMore()}>
      {panel.say("earlier")}
    </button>
  );
}

/** A session that was resumed from another, or follows one, tells that there is more. */
function hasEarlier(state: ChatState): boolean {
  return state.hasMore || (state.earlier ?? !!(state.resumption?.previous ?? currentSession(state)?.resumedFrom));
}

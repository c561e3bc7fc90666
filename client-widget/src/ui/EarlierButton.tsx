/** Fetches what was said before what is shown. */
import { useState } from "preact/hooks";
import { currentSession } from "../chat/chatState.ts";
import { usePanel } from "./context.ts";

export function EarlierButton() {
  const panel = usePanel();
  const { conversation } = panel;
  const state = conversation.store.state;
  const [busy, setBusy] = useState(false);
  const session = currentSession(state);
  if (!state.hasMore || !session) return null;
  const fetchPage = async () => {
    setBusy(true);
    const shown = Object.values(state.messages).filter((message) => message.sessionId === session.id);
    const beforeSeq = Math.min(...shown.map((message) => message.seq));
    const answer = await conversation.ask("history:page", { sessionId: session.id, beforeSeq }).catch(() => null);
    if (answer?.ok) conversation.store.dispatch({ kind: "page", ...answer.data });
    setBusy(false);
  };
  return (
    <button type="button" class="earlier" disabled={busy} onClick={() => void fetchPage()}>
      {panel.say("earlier")}
    </button>
  );
}

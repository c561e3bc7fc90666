/** Fetches what was said before what is shown. */
import { useState } from "preact/hooks";
import { type ChatState, currentSession } from "../chat/chatState.ts";
import { usePanel } from "./context.ts";

export function EarlierButton() {
  const panel = usePanel();
  const { conversation } = panel;
  const state = conversation.store.state;
  const [busy, setBusy] = useState(false);
  const sessionId = readableBefore(state);
  if (!sessionId) return null;
  const fetchPage = async () => {
    setBusy(true);
    const seqs = seqsOf(state, sessionId);
    const before = seqs.length > 0 ? { beforeSeq: Math.min(...seqs) } : {};
    const answer = await conversation.ask("history:page", { sessionId, ...before }).catch(() => null);
    if (answer?.ok) conversation.store.dispatch({ kind: "page", ...answer.data });
    setBusy(false);
  };
  return (
    <button type="button" class="earlier" disabled={busy} onClick={() => void fetchPage()}>
      {panel.say("earlier")}
    </button>
  );
}

/** The session that has more to read: the current one, or before the first words of a new one the last. */
function readableBefore(state: ChatState): string | undefined {
  const session = currentSession(state);
  const previous = state.resumption?.previous?.sessionId;
  if (session) return state.hasMore ? session.id : undefined;
  return previous && (state.hasMore || seqsOf(state, previous).length === 0) ? previous : undefined;
}

function seqsOf(state: ChatState, sessionId: string): number[] {
  return Object.values(state.messages).flatMap((message) => (message.sessionId === sessionId ? [message.seq] : []));
}

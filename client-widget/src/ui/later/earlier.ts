/** One page of what was said before what is shown; at a session's first word, of the session before it. */
import type { Message } from "@baton/shared/visitor/shapes";
import { type ChatState, currentSession } from "../../chat/chatState.ts";
import type { PanelModel } from "../panelModel.ts";

export async function fetchEarlier({ conversation }: PanelModel): Promise<void> {
  const { store } = conversation;
  const first = earliest(store.state);
  if (first && store.state.hasMore) {
    const { sessionId, seq } = first;
    const answer = await conversation.ask("history:page", { sessionId, beforeSeq: seq }).catch(() => null);
    if (answer?.ok) store.dispatch({ kind: "page", ...answer.data });
    return;
  }
  const before = first?.sessionId ?? currentSession(store.state)?.id;
  const found = await conversation
    .ask("history:sessions", { limit: 1, ...(before ? { before } : {}) })
    .catch(() => null);
  if (!found?.ok) return;
  const session = found.data.sessions[0];
  if (!session) return store.dispatch({ kind: "page", messages: [], hasMore: false, earlier: false });
  const page = await conversation.ask("history:page", { sessionId: session.id }).catch(() => null);
  if (page?.ok) store.dispatch({ kind: "page", ...page.data, earlier: found.data.hasMore });
}

function earliest(state: ChatState): Message | undefined {
  return Object.values(state.messages).sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.seq - b.seq)[0];
}

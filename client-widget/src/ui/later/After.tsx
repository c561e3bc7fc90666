/** What stands above the composer once a session has ended: the rating, then one quiet line. */
import { currentSession, isPassive } from "../../chat/chatState.ts";
import { usePanel } from "../context.ts";
import { Rating } from "./Rating.tsx";

export function After() {
  const panel = usePanel();
  const { state } = panel.conversation.store;
  const session = currentSession(state);
  if (session?.state !== "ended" || isPassive(state) || panel.slot === "endedAway") return null;
  const asked = session.endReason !== "superseded" && !panel.rated.value.includes(session.id);
  return asked ? <Rating sessionId={session.id} /> : <p class="over">{panel.say("ended")}</p>;
}

/** The answers a message offers, as long as it is the last word. */
import type { Message } from "@baton/shared/visitor/shapes";
import { type ChatState, currentSession, isPassive } from "../chat/chatState.ts";
import { usePanel } from "./context.ts";

export function Choices() {
  const panel = usePanel();
  const options = openOptions(panel.conversation.store.state);
  if (options.length === 0 || panel.slot === "blocked") return null;
  return (
    <ul class="chips" aria-label={panel.say("answers")}>
      {options.map((text) => (
        <li key={text}>
          <button type="button" class="chip" onClick={() => panel.send(text)}>
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}

function openOptions(state: ChatState): string[] {
  const session = currentSession(state);
  if (!session || session.state === "ended" || isPassive(state) || state.outbox.length > 0) return [];
  let last: Message | undefined;
  for (const message of Object.values(state.messages)) {
    // A notice («You are next») does not take the question back.
    if (message.sessionId === session.id && message.kind !== "notice" && message.seq > (last?.seq ?? 0)) last = message;
  }
  if (last?.kind !== "choice" || last.status === "streaming") return [];
  const options = last.data?.options;
  return Array.isArray(options) ? options.filter((option) => typeof option === "string") : [];
}

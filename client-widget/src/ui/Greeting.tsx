/** What a panel says before a session's first word, and up to three ways to begin. Earlier sessions stand above it. */
import { currentSession, isPassive } from "../chat/chatState.ts";
import { usePanel } from "./context.ts";
import { Baton } from "./Icon.tsx";

export function Greeting() {
  const panel = usePanel();
  const say = panel.say;
  const { state } = panel.conversation.store;
  const { site, resumption, user } = state;
  if (!site || currentSession(state) || state.outbox.length > 0) return null;
  const own = site.texts.suggestions?.split("|");
  const suggestions =
    isPassive(state) || panel.slot === "blocked" ? [] : (resumption?.suggestions ?? own ?? []).slice(0, 3);
  return (
    <section class="greeting">
      <Baton filled />
      {user?.name && <p class="hello">{user.name}</p>}
      <p class="words">{resumption?.greeting ?? say("greeting")}</p>
      {suggestions.length > 0 && (
        <ul class="chips" aria-label={say("waysToBegin")}>
          {suggestions.map((text) => (
            <li key={text}>
              <button type="button" class="chip" onClick={() => panel.send(text)}>
                {text}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

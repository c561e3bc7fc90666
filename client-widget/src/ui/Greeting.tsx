/** What an empty panel says first, and up to three ways to begin. */
import { usePanel } from "./context.ts";
import { Baton } from "./Icon.tsx";

export function Greeting() {
  const panel = usePanel();
  const say = panel.say;
  const { site, resumption, messages, outbox, user } = panel.conversation.store.state;
  if (!site || Object.keys(messages).length > 0 || outbox.length > 0) return null;
  const own = site.texts.suggestions?.split("|");
  const suggestions = (resumption?.suggestions ?? own ?? []).slice(0, 3);
  return (
    <section class="greeting">
      <Baton filled />
      {user?.name && <p class="hello">{user.name}</p>}
      <p class="words">{resumption?.greeting ?? say("greeting")}</p>
      {suggestions.length > 0 && (
        <ul class="chips" aria-label={say("suggestions")}>
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

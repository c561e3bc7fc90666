/** «Continue, or start new?», in place of the log until its person has chosen. Typing is an answer too. */
import { currentSession } from "../../chat/chatState.ts";
import { ago } from "../../text/when.ts";
import { usePanel } from "../context.ts";
import { Baton } from "../Icon.tsx";
import { resume } from "./acts.ts";
import { offerWords } from "./sentences.ts";

export function Offer() {
  const panel = usePanel();
  const say = panel.say;
  const { state } = panel.conversation.store;
  const session = currentSession(state);
  if (!session) return null;
  const relative = ago(Date.parse(session.lastActivityAt), Date.now() + state.skewMs);
  const press = (how: "continue" | "new") => {
    void resume(panel, how).then(() => panel.regainFocus());
  };
  const see = () => {
    panel.note({ looked: session.id });
    panel.regainFocus();
  };
  return (
    <fieldset class="offer" aria-labelledby="baton-offer">
      <Baton filled={false} />
      <p class="words" id="baton-offer">
        {offerWords(state, say)}
      </p>
      <p class="when">{say("lastWord", { relative })}</p>
      <div class="decide">
        <button type="button" class="main" onClick={() => press("continue")}>
          {say("continueChat")}
        </button>
        <button type="button" onClick={() => press("new")}>
          {say("startNew")}
        </button>
      </div>
      <button type="button" class="see" onClick={see}>
        {say("seeFirst")}
      </button>
    </fieldset>
  );
}

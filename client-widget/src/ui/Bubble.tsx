/** One thing somebody said, with what became of it. */

import { isPassive } from "../chat/chatState.ts";
import type { Bubble as BubbleLine } from "../chat/timeline.ts";
import { ago, clock } from "../text/when.ts";
import { usePanel } from "./context.ts";
import { Portrait } from "./Header.tsx";
import { Icon } from "./Icon.tsx";
import { Text } from "./Text.tsx";

export function Bubble({ bubble }: { bubble: BubbleLine }) {
  const { mine, first, last, gap, at, author, entry } = bubble;
  const say = usePanel().say;
  const name = mine ? say("you") : useName(author);
  return (
    <li class="line" data-mine={mine} data-first={first} data-last={last} data-state={entry?.state}>
      {gap && <p class="gap">{clock(at)}</p>}
      {first && !mine && (
        <p class="author">
          <Portrait name={name} />
          {name}
        </p>
      )}
      {first && mine && <span class="unseen">{name}</span>}
      <div class="row">
        <Words bubble={bubble} />
        <time class="at" dateTime={at}>
          {clock(at)}
        </time>
      </div>
      {mine ? <Fate bubble={bubble} /> : <Finish bubble={bubble} />}
    </li>
  );
}

export function useName(author: BubbleLine["author"]): string {
  const panel = usePanel();
  const { site } = panel.conversation.store.state;
  if (author.name) return author.name;
  return author.kind === "bot" ? (site?.bot?.name ?? panel.say("bot")) : panel.say("agent");
}

function Words({ bubble: { text, streaming, message } }: { bubble: BubbleLine }) {
  const say = usePanel().say;
  if (message?.deletedAt) return <p class="bubble gone">{say("deleted")}</p>;
  if (streaming && !text) {
    return (
      <p class="bubble">
        <Strokes />
      </p>
    );
  }
  return (
    <p class="bubble">
      <span dir="auto">
        <Text text={text} />
      </span>
    </p>
  );
}

/** Three batons in step: somebody is writing. */
export function Strokes() {
  return (
    <span class="strokes" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

function Finish({ bubble: { message, streaming } }: { bubble: BubbleLine }) {
  const panel = usePanel();
  const say = panel.say;
  if (streaming && message) {
    const stop = () => void panel.conversation.ask("reply:stop", { messageId: message.id }).catch(() => null);
    const { state } = panel.conversation.store;
    const cutOff = state.line !== "up" || isPassive(state);
    return (
      <button type="button" class="stop" disabled={cutOff} onClick={stop}>
        <Icon name="stop" />
        {say("stop")}
      </button>
    );
  }
  if (message?.status === "interrupted") return <p class="fate">{say("interrupted")}</p>;
  return message?.status === "failed" ? <p class="fate">{say("replyFailed")}</p> : null;
}

/** Sending, sent, or not: a shape and a word, never colour alone. */
function Fate({ bubble: { entry, latest, text } }: { bubble: BubbleLine }) {
  const say = usePanel().say;
  if (!entry) {
    return (
      <p class={latest ? "fate" : "unseen"}>
        <Icon name="tick" />
        {say("sent")}
      </p>
    );
  }
  if (entry.state === "waiting") {
    return (
      <p class={latest ? "fate" : "unseen"}>
        <Icon name="clock" />
        {say("sending")}
      </p>
    );
  }
  return (
    <div class="fate" data-bad={entry.state === "refused"}>
      <Icon name={entry.state === "refused" ? "alert" : "clock"} />
      <span>
        {entry.state === "refused" ? say("notSent") : say("old", { relative: ago(entry.createdAt, Date.now()) })}
      </span>
      <Decide clientId={entry.clientId} text={text} stale={entry.state === "stale"} />
    </div>
  );
}

function Decide({ clientId, text, stale }: { clientId: string; text: string; stale: boolean }) {
  const panel = usePanel();
  const { conversation } = panel;
  const say = panel.say;
  const copy = () =>
    void navigator.clipboard?.writeText(text).then(
      () => panel.flash("copied"),
      () => undefined,
    );
  return (
    <>
      <button type="button" onClick={() => conversation.change({ kind: "retry", clientId, now: Date.now() })}>
        {say(stale ? "send" : "retry")}
      </button>
      <button type="button" onClick={copy}>
        {say("copy")}
      </button>
      <button type="button" onClick={() => conversation.change({ kind: "drop", clientId })}>
        {say("remove")}
      </button>
    </>
  );
}

/** The conversation. What is finished is a live log; a reply that is being written, and what is below it, is not read out. */
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Line } from "../chat/timeline.ts";
import { timeline } from "../chat/timeline.ts";
import { day } from "../text/when.ts";
import { Bubble, Strokes } from "./Bubble.tsx";
import { Choices } from "./Choices.tsx";
import { usePanel } from "./context.ts";
import { EarlierButton } from "./EarlierButton.tsx";
import { useFollowing } from "./following.ts";
import { Greeting } from "./Greeting.tsx";
import { Icon } from "./Icon.tsx";

export function Log() {
  const panel = usePanel();
  const say = panel.say;
  const { state } = panel.conversation.store;
  const lines = useMemo(() => timeline(state), [state]);
  const { scroller, inner, away, toNewest } = useFollowing();
  return (
    <div class="log-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1). */}
      <section class="scroller" ref={scroller} tabIndex={0} aria-label={say("log")}>
        <div class="inner" ref={inner}>
          <EarlierButton />
          <div role="log" aria-label={say("log")} aria-live="polite" aria-relevant="additions">
            <List lines={lines.settled} />
          </div>
          <Greeting />
          <List lines={lines.unsettled} />
          <Typing quiet={lines.unsettled.length > 0} />
          <Choices />
        </div>
      </section>
      {away && (
        <button type="button" class="newest" onClick={toNewest}>
          {say("newest")}
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}

function List({ lines }: { lines: readonly Line[] }) {
  return lines.length > 0 ? (
    <ul class="lines">
      {lines.map((line) => (
        <LogLine key={line.key} line={line} />
      ))}
    </ul>
  ) : null;
}

function LogLine({ line }: { line: Line }) {
  const { say, conversation } = usePanel();
  // What day it is says the clock that wrote the times.
  const now = Date.now() + conversation.store.state.skewMs;
  switch (line.kind) {
    case "bubble":
      return <Bubble bubble={line} />;
    case "notice":
      return <li class="notice">{line.text}</li>;
    case "day":
      return <Divider>{day(line.at, now, say)}</Divider>;
    case "end":
      return (
        <Divider pill>{line.at ? `${say("sessionEnded")} · ${day(line.at, now, say)}` : say("sessionEnded")}</Divider>
      );
  }
}

function Divider({ children, pill = false }: { children: ComponentChildren; pill?: boolean }) {
  return (
    <li class="divider" data-pill={pill}>
      <span>{children}</span>
    </li>
  );
}

function Typing({ quiet }: { quiet: boolean }) {
  const panel = usePanel();
  const { typing, site } = panel.conversation.store.state;
  if (quiet || Object.keys(typing).length === 0) return null;
  const name = site?.bot?.name ?? panel.say("bot");
  return (
    <p class="typing">
      <span class="bubble">
        <Strokes />
      </span>
      <span class="unseen">{panel.say("writing", { name })}</span>
    </p>
  );
}

/** The time that is left, by the server's clock: in minutes, then in digits that nobody has to hear every second. */
import { useEffect, useState } from "preact/hooks";
import { usePanel } from "../context.ts";
import { LAST_MS, leftMs, minutes } from "./left.ts";

/** No word contains it, so the sentence can be parted there. */
const HERE = "\u0000";

export function CountdownSentence() {
  const panel = usePanel();
  const [, tick] = useState(0);
  useEffect(() => {
    const ticking = setInterval(() => tick((n) => n + 1), 1_000);
    return () => clearInterval(ticking);
  }, []);
  const left = leftMs(panel.conversation.store.state, Date.now());
  const [before, after] = panel.say("warning", { time: HERE }).split(HERE);
  return (
    <>
      {before}
      {left > LAST_MS ? (
        minutes(left)
      ) : (
        <span class="digits" role="timer" aria-live="off">
          {digits(left)}
        </span>
      )}
      {after}
    </>
  );
}

function digits(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

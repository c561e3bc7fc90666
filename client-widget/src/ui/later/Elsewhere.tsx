/** The composer of a device that does not hold the baton: one calm button, and above it where the chat is. */
import type { PanelMoment } from "../../chat/banner.ts";
import { usePanel } from "../context.ts";
import { Baton } from "../Icon.tsx";
import { takeover } from "./acts.ts";
import { elsewhereWord, otherDevice } from "./sentences.ts";

const BUTTON = {
  no: "continueHere",
  moving: "continueHere",
  failed: "tryAgain",
  wait: "useHere",
  ready: "useHere",
} as const satisfies Record<PanelMoment["moving"], string>;

export function Elsewhere() {
  const panel = usePanel();
  const say = panel.say;
  const { state } = panel.conversation.store;
  const { moving } = panel.moment.value;
  const busy = moving === "moving" || moving === "wait";
  const returned = state.outbox.filter((entry) => entry.state === "returned").map((entry) => entry.text);
  const unsent = [panel.drafting.text.value, ...returned].filter((text) => text.trim() !== "").join("\n");
  return (
    <div class="elsewhere">
      {unsent && (
        <p class="unsent" dir="auto">
          {say("unsent", { text: unsent })}
        </p>
      )}
      <p id="baton-elsewhere">
        {say(elsewhereWord(state, moving), { device: otherDevice(state) ?? say("otherDevice") })}
      </p>
      {/* Not `disabled`: a press must not cost the focus. */}
      <button
        type="button"
        class="claim"
        aria-disabled={busy}
        aria-describedby="baton-elsewhere"
        onClick={() => !busy && void takeover(panel)}
      >
        <Baton filled={moving === "moving"} />
        {say(BUTTON[moving])}
      </button>
    </div>
  );
}

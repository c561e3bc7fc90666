/** One sentence and at most two buttons above the composer. Changing it never moves the focus. */
import { type BannerAction, chooseBanner } from "../chat/banner.ts";
import { usePanel } from "./context.ts";
import type { PanelModel } from "./panelModel.ts";

export function BannerSlot() {
  const panel = usePanel();
  const say = panel.say;
  const banner = chooseBanner(panel.conversation.store.state, panel.moment.value);
  if (!banner) return null;
  return (
    <div class="banner" data-tone={banner.tone}>
      <p>{say(banner.word, banner.slots)}</p>
      {banner.actions.map(({ act, word }) => (
        <button key={act} type="button" onClick={() => ACTS[act](panel)}>
          {say(word)}
        </button>
      ))}
    </div>
  );
}

const ACTS: Record<BannerAction, (panel: PanelModel) => void> = {
  tryNow: (panel) => panel.conversation.wake(),
  undo: (panel) => panel.keepChatting(),
  keepChatting: (panel) => panel.keepChatting(),
  endChat: (panel) => panel.endSoon(),
  gotIt: (panel) => panel.storageDenied(false),
};

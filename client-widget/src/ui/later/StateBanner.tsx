/** Draws the states of sentences.ts, and does what is pressed there. */
import type { Slot } from "../../chat/banner.ts";
import { BannerLine } from "../BannerSlot.tsx";
import { usePanel } from "../context.ts";
import type { PanelModel } from "../panelModel.ts";
import { extend, resume } from "./acts.ts";
import { insertBelow, takeBack } from "./arrived.ts";
import { CountdownSentence } from "./Countdown.tsx";
import { fetchEarlier } from "./earlier.ts";
import { type StateAct, sentenceOf } from "./sentences.ts";
import { slotsOf } from "./watchOver.ts";

export function StateBanner({ slot }: { slot: Slot }) {
  const panel = usePanel();
  const { state } = panel.conversation.store;
  const banner = sentenceOf(slot, state, panel.moment.value);
  if (!banner) return null;
  const { arrived } = panel.moment.value;
  const press = (act: StateAct) => {
    Promise.resolve(ACTS[act](panel)).then(
      () => panel.regainFocus(),
      () => undefined,
    );
  };
  const slots = slotsOf(panel, banner);
  const shown = slot === "draft" && arrived?.shown && (
    <>
      {panel.say(banner.word, slots)}
      <q dir="auto">{arrived.text}</q>
    </>
  );
  return (
    <BannerLine banner={{ ...banner, slots }} press={press}>
      {slot === "countdown" ? <CountdownSentence /> : shown}
    </BannerLine>
  );
}

const ACTS: Record<StateAct, (panel: PanelModel) => Promise<void> | void> = {
  again: (panel) => panel.conversation.wake(),
  signIn(panel) {
    // The page is asked for a token again, and may take its person to where it gets one.
    panel.shell.emit("identity", { state: "expired" });
    panel.conversation.wake();
  },
  keepChatting: (panel) => panel.keepChatting(),
  endChat: (panel) => panel.endSoon(),
  undo: (panel) => panel.keepChatting(),
  stay: extend,
  askEnd: (panel) => panel.askEnd(),
  continue: (panel) => resume(panel, "continue"),
  async new(panel) {
    panel.note({ looked: panel.conversation.store.state.resumption?.previous?.sessionId ?? null });
    await resume(panel, "new");
  },
  read: fetchEarlier,
  takeBack,
  show(panel) {
    const { arrived } = panel.moment.value;
    panel.note({ arrived: arrived && { ...arrived, shown: true } });
  },
  insertBelow,
};

/** The panel: a dialog beside the page, or over it where the screen is small. Esc puts it away. */
import { useEffect, useRef } from "preact/hooks";
import { isPassive } from "../chat/chatState.ts";
import { BannerSlot } from "./BannerSlot.tsx";
import { Composer } from "./Composer.tsx";
import { usePanel } from "./context.ts";
import { Header } from "./Header.tsx";
import { Log } from "./Log.tsx";
import { useSheet } from "./sheet.ts";

export function Panel() {
  const panel = usePanel();
  return (
    <>
      {panel.open.value && <Sheet />}
      <div class="unseen" role="status" aria-live="polite">
        {panel.polite.value}
      </div>
      <div class="unseen" role="alert" aria-live="assertive">
        {panel.assertive.value}
      </div>
    </>
  );
}

function Sheet() {
  const panel = usePanel();
  const frame = useRef<HTMLDivElement>(null);
  const modal = useSheet(frame);
  const { state } = panel.conversation.store;
  const Later = panel.later.value;
  const offered = panel.slot === "offer" && panel.moment.value.looked === null;
  useEffect(() => panel.opened(frame.current, modal), [panel]);
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (panel.menuOpen.value) panel.menuOpen.value = false;
    else panel.setOpen(false);
  };
  return (
    <div
      ref={frame}
      class="panel"
      part="panel"
      role="dialog"
      aria-modal={modal}
      aria-labelledby="baton-title"
      tabIndex={-1}
      onKeyDown={pressed}
    >
      <Header />
      {Later && offered ? <Later.Offer /> : state.site || state.outbox.length > 0 ? <Log /> : <Waiting />}
      <div class="foot">
        {Later && <Later.After />}
        <BannerSlot />
        {Later && isPassive(state) ? <Later.Elsewhere /> : <Composer />}
      </div>
    </div>
  );
}

/** Bones of a conversation; they show only after 300 ms, which the style sees to. */
function Waiting() {
  return (
    <div class="bones" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}

/** One sentence and at most two buttons above the composer. Changing it never moves the focus. */
import type { ComponentChildren } from "preact";
import { type Banner, isPlain, plainBanner } from "../chat/banner.ts";
import { usePanel } from "./context.ts";

export function BannerSlot() {
  const panel = usePanel();
  const Later = panel.later.value;
  const slot = panel.slot;
  if (isPlain(slot)) {
    const banner = plainBanner(panel.conversation.store.state, panel.moment.value);
    const press = { tryNow: () => panel.conversation.wake(), gotIt: () => panel.note({ storageDenied: false }) };
    return <BannerLine banner={banner} press={(act) => press[act]()} />;
  }
  return slot && Later ? <Later.StateBanner slot={slot} /> : null;
}

type Props<Act extends string> = { banner: Banner<Act>; press: (act: Act) => void; children?: ComponentChildren };

/** `children` in place of the banner's own sentence. */
export function BannerLine<Act extends string>({ banner, press, children }: Props<Act>) {
  const say = usePanel().say;
  return (
    <div class="banner" data-tone={banner.tone}>
      <p>{children || say(banner.word, banner.slots)}</p>
      <div>
        {banner.actions.map(({ act, word }) => (
          <button key={act} type="button" onClick={() => press(act)}>
            {say(word)}
          </button>
        ))}
      </div>
    </div>
  );
}

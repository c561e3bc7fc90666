/**
 * What a chat needs that does not go its way: another device, silence, coming back, the end. One file to download, when
 * the first of it is due; until then the panel does without. Fetched by panelModel.ts.
 */
import { EN_LATER } from "../../text/enLater.ts";
import { learnWords } from "../../text/say.ts";
import type { PanelModel } from "../panelModel.ts";
import css from "./later.css?inline";
import rating from "./rating.css?inline";
import { watchOver } from "./watchOver.ts";

export { After } from "./After.tsx";
export { extend, resume, takeover } from "./acts.ts";
export { meetDraft } from "./arrived.ts";
export { Elsewhere } from "./Elsewhere.tsx";
export { fetchEarlier } from "./earlier.ts";
export { Offer } from "./Offer.tsx";
export { StateBanner } from "./StateBanner.tsx";

export function start(panel: PanelModel): () => void {
  learnWords(EN_LATER);
  const undress = panel.dress(css + rating);
  const unwatch = watchOver(panel);
  return () => {
    unwatch();
    undress();
  };
}

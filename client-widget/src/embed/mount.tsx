/** Draws the panel into the loader's shadow root, and takes everything away again without a trace. */
import { render, type VNode } from "preact";
import { Badge } from "../ui/Badge.tsx";
import beside from "../ui/beside.css?inline";
import { PanelProvider } from "../ui/context.ts";
import foot from "../ui/foot.css?inline";
import log from "../ui/log.css?inline";
import { Panel } from "../ui/Panel.tsx";
import panelCss from "../ui/panel.css?inline";
import type { PanelModel } from "../ui/panelModel.ts";
import tokens from "../ui/tokens.css?inline";

export function mount(panel: PanelModel): () => void {
  const { root, launcher } = panel.shell;
  const undress = panel.dress(tokens + panelCss + log + beside + foot);
  const place = document.createElement("div");
  root.append(place);
  // A place of its own inside the button: what the loader drew there stays.
  const corner = document.createElement("span");
  launcher.append(corner);
  const draw = () => {
    const n = panel.unread.value;
    launcher.ariaLabel = panel.say(n > 0 ? "openChatUnread" : "openChat", { n });
    render(inPanel(panel, <Panel />), place);
    render(inPanel(panel, <Badge />), corner);
    panel.drawn();
  };
  draw();
  const unwatch = panel.changes.watch(draw);
  return () => {
    unwatch();
    render(null, place);
    render(null, corner);
    place.remove();
    corner.remove();
    undress();
  };
}

function inPanel(panel: PanelModel, child: VNode): VNode {
  return <PanelProvider value={panel}>{child}</PanelProvider>;
}

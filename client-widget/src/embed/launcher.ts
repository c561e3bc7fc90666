/**
 * The one element on the page and the button in it. Called by the loader; built node by node, because a strict page
 * forbids HTML strings and inline style.
 */
import css from "./launcher.css?inline";
import type { Options } from "./options.ts";

const SVG = "http://www.w3.org/2000/svg";

/** A bubble with the slanted baton in it; a chevron while the panel is open. */
const STROKES: readonly [name: string, path: string][] = [
  ["say", "M4 6a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-5l-5 4v-4a3 3 0 0 1-3-3zM10.5 12.5l3-5"],
  ["down", "M6 9l6 6 6-6"],
];

export function draw(options: Options) {
  const host = document.createElement("baton-widget");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];

  const launcher = document.createElement("button");
  launcher.className = "launcher";
  launcher.ariaLabel = options.label;
  launcher.ariaExpanded = "false";
  launcher.hidden = options.launcher === "hidden";
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  for (const [name, d] of STROKES) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", d);
    icon.append(path);
  }
  launcher.append(icon);
  root.append(launcher);

  host.dataset.side = options.side;
  if (options.theme !== "auto") host.style.colorScheme = options.theme;
  if (options.accent) host.style.setProperty("--baton-accent", options.accent);
  document.body.append(host);
  return { host, root, launcher };
}

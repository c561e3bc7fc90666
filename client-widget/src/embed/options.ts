/**
 * The one table of options, with their defaults. Read from `window.BatonSettings`, the script's query (tag managers strip
 * `data-*`), the script's `data-*`, and `Baton("boot", …)`; the later wins.
 */
export const OPTIONS = {
  /** The site's id on the gateway. Without it nothing is drawn. */
  site: "",
  /** The gateway's origin; the loader's own if empty. */
  gateway: "",
  /** `auto` follows the page's `color-scheme`. */
  theme: "auto",
  /** Inline `end` or `start`. */
  side: "end",
  /** `hidden`: the page opens the panel itself. */
  launcher: "shown",
  /** Any CSS colour; what is written on it follows. */
  accent: "",
  /** Words on the launcher, for its label. */
  label: "Open chat",
};

export type Options = typeof OPTIONS;

export function readOptions(...sources: ReadonlyArray<Readonly<Record<string, unknown>> | undefined>): Options {
  const options = { ...OPTIONS };
  for (const source of sources) {
    for (const key of Object.keys(OPTIONS) as (keyof Options)[]) {
      const value = source?.[key];
      if (typeof value === "string") options[key] = value;
    }
  }
  return options;
}

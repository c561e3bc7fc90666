/** What the house says in a bot's name. A site says it differently in its `texts`. PURE. */
import type { SiteConfig } from "../config/config.ts";

const TEXTS = {
  botFailed: "Something went wrong on our side. Please try again.",
} as const;

export function botText(site: SiteConfig | undefined, key: keyof typeof TEXTS): string {
  return site?.texts[key] ?? TEXTS[key];
}

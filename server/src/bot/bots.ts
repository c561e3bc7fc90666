/** Which bot answers for a site. */
import type { SiteConfig } from "../config/config.ts";
import type { Bot } from "./bot.ts";
import { demoBot } from "./demoBot.ts";

/** The bot of a site; none for sites where only people answer. */
export function botOf(site: SiteConfig): Bot | undefined {
  switch (site.bot.kind) {
    case "none":
      return undefined;
    case "demo":
      return demoBot;
  }
}

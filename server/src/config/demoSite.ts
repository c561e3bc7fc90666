/** The site that is served when no configuration is given: the demo page's, on this machine only. */
import { deepFreeze } from "./deepFreeze.ts";
import { effectivePolicy } from "./policy.ts";
import type { SiteConfig } from "./siteConfig.ts";

export const DEMO_SITE_ID = "demo";

/** What a first panel offers; the demo bot knows all of them. */
const SUGGESTIONS = ["Find my order", "Tell me how it works", "Talk to a person"];

/** Both names of this machine: a browser takes them for two sites, so the second plays another device. */
function demoOrigins(port: number): string[] {
  // By way of URL: a browser's origin leaves port 80 out.
  return ["localhost", "127.0.0.1"].map((host) => new URL(`http://${host}:${port}`).origin);
}

/** `port` is the one really listened on: with PORT=0 it is known only then. */
export function builtInDemoSite(port: number, secret: string): SiteConfig {
  return deepFreeze({
    id: DEMO_SITE_ID,
    name: "Baton demo",
    origins: demoOrigins(port),
    allowNonBrowserClients: false,
    secrets: [secret],
    apiKeys: [],
    policy: effectivePolicy({}),
    bot: { kind: "demo" },
    texts: { suggestions: SUGGESTIONS.join("|") },
  });
}

/** What every journey starts from: a gateway, shared by the journeys that only talk to it, and a chat on its demo page. */
import { test as base } from "@playwright/test";
import { Chat } from "./chat.ts";
import { createGateway, type Gateway } from "./gateway.ts";

export { expect } from "./expecting.ts";

export const test = base.extend<{ chat: Chat }, { gateway: Gateway }>({
  gateway: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from this pattern.
    async ({}, use) => {
      const gateway = await createGateway();
      await use(gateway);
      await gateway.remove();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  chat: async ({ page }, use) => {
    const chat = new Chat(page);
    const faults: Error[] = [];
    page.on("pageerror", (fault) => faults.push(fault));
    // The demo page forbids inline style, HTML strings and foreign scripts: the widget may break none of it.
    page.on("console", (said) => {
      if (/Content Security Policy|Trusted/.test(said.text())) faults.push(new Error(said.text()));
    });
    await use(chat);
    // A page that threw has not passed, whatever it showed.
    if (faults[0]) throw faults[0];
  },
});

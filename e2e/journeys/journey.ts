/**
 * What every journey starts from: a gateway, shared by the journeys that only talk to it, a chat on its demo page, and the
 * same page on a person's phone.
 */
import { test as base, devices, type Page } from "@playwright/test";
import { Chat } from "./chat.ts";
import { createGateway, type Gateway } from "./gateway.ts";

export { expect } from "./expecting.ts";

const { defaultBrowserType: _, ...iPhone } = devices["iPhone 13"];
const LAPTOP =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
let people = 0;

/** `someone`: a test user whom no other journey on this gateway knows. */
type Cast = { chat: Chat; phone: Chat; someone: string };

export const test = base.extend<Cast, { gateway: Gateway }>({
  userAgent: LAPTOP,
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
    const demandNoFault = watchFaults(page);
    await use(new Chat(page));
    demandNoFault();
  },
  phone: async ({ browser }, use) => {
    const context = await browser.newContext(iPhone);
    const page = await context.newPage();
    const demandNoFault = watchFaults(page);
    await use(new Chat(page));
    await context.close();
    demandNoFault();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  someone: async ({}, use) => {
    people += 1;
    await use(`person-${process.pid}-${people}`);
  },
});

/** A page that threw has not passed, whatever it showed. */
function watchFaults(page: Page): () => void {
  const faults: Error[] = [];
  page.on("pageerror", (fault) => faults.push(fault));
  // The demo page forbids inline style, HTML strings and foreign scripts: the widget may break none of it.
  page.on("console", (said) => {
    if (/Content Security Policy|Trusted/.test(said.text())) faults.push(new Error(said.text()));
  });
  return () => {
    if (faults[0]) throw faults[0];
  };
}

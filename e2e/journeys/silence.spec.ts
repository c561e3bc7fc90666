import type { Page } from "@playwright/test";
import type { Chat } from "./chat.ts";
import type { Gateway } from "./gateway.ts";
import { expect, test } from "./journey.ts";
import { createWeakLine } from "./weakLine.ts";

const MINUTE = 60_000;
const WARNED = "Still there? This chat will pause in";

async function talk(chat: Chat, gateway: Gateway): Promise<void> {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
}

/** For both: the page's clock runs with the gateway's. */
async function pass(chat: Chat, gateway: Gateway, ms: number): Promise<void> {
  await gateway.pass(ms);
  await chat.pass(ms);
}

/** What a screen reader is given to say, from now on. */
async function listen(page: Page): Promise<string[]> {
  const said: string[] = [];
  await page.exposeFunction("noteSaid", (words: string) => words.endsWith(": ") || said.push(words));
  await page.evaluate(() => {
    const { noteSaid } = window as unknown as { noteSaid: (words: string) => void };
    for (const region of document.querySelector("baton-widget")?.shadowRoot?.querySelectorAll(".unseen[aria-live]") ??
      []) {
      new MutationObserver(() => noteSaid(`${region.ariaLive}: ${region.textContent}`)).observe(region, {
        characterData: true,
        childList: true,
        subtree: true,
      });
    }
  });
  return said;
}

test("16: a person who thinks for hours says «I'm still here» twelve times, by keyboard", async ({ gateway, chat }) => {
  test.setTimeout(120_000);
  const { page } = chat;
  await talk(chat, gateway);
  const stillHere = chat.banners("I'm still here");
  const said = await listen(page);
  for (let time = 1; time <= 12; time += 1) {
    await gateway.pass(28 * MINUTE + 10_000);
    await expect(chat.banner).toContainText(`${WARNED} 2 minutes.`);
    // Each time anew, also to those who do not see it.
    await expect.poll(() => said.filter((words) => words.includes(WARNED))).toHaveLength(time);
    // A banner that comes or goes moves nobody's focus.
    await expect(chat.composer).toBeFocused();
    await page.keyboard.press("Shift+Tab");
    await expect(chat.banners("End chat")).toBeFocused();
    await page.keyboard.press("Shift+Tab");
    await expect(stillHere).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(chat.banner).toHaveText("Thanks, still here.");
    await expect(chat.composer).toBeFocused();
  }
  await expect(chat.banner).toHaveCount(0);
  await chat.say("Now I know");
  await chat.answered("Now I know");
  await expect(chat.mine).toHaveText(["Hi", "Now I know"]);
});

test("16: the last minute is counted in digits, said aloud thrice, and ends in a pause that loses nothing", async ({
  gateway,
  chat,
}) => {
  const { page } = chat;
  await page.clock.install();
  await talk(chat, gateway);
  const said = await listen(page);
  await gateway.pass(28 * MINUTE);
  const digits = chat.banner.getByRole("timer");
  const countTo = async (left: number) => {
    const [minutes = 0, seconds = 0] = ((await digits.textContent()) ?? "").split(":").map(Number);
    await pass(chat, gateway, (60 * minutes + seconds - left) * 1_000);
  };
  await expect(chat.banner).toContainText(`${WARNED} 2 minutes.`);
  await expect.poll(() => said).toEqual([`polite: ${WARNED} 2 minutes.`]);
  await pass(chat, gateway, 62_000);
  await expect(digits).toHaveText(/^0:[345]\d$/);
  await expect(digits).toHaveAttribute("aria-live", "off");
  await expect.poll(() => said).toContain("polite: This chat will pause in 60 seconds.");
  await countTo(28);
  await expect.poll(() => said).toContain("assertive: This chat will pause in 30 seconds.");
  await countTo(9);
  await expect.poll(() => said).toContain("polite: This chat will pause in 10 seconds.");
  await countTo(0);
  await expect(chat.banner).toContainText("We paused this chat because it was quiet. Nothing is lost.");
  expect(said.filter((words) => words.includes("will pause in"))).toHaveLength(4);
  await expect(chat.mine).toHaveText(["Hi"]);
  await chat.banners("Continue").click();
  await expect(chat.banner).toHaveCount(0);
  await chat.say("Here I am");
  await chat.answered("Here I am");
});

test("16: whoever writes while they are asked has answered", async ({ gateway, chat }) => {
  await talk(chat, gateway);
  await gateway.pass(29 * MINUTE + 30_000);
  await expect(chat.banner).toContainText(WARNED);
  await chat.composer.pressSequentially("My");
  await expect(chat.banner).toHaveText("Thanks, still here.");
  await expect(chat.composer).toHaveValue("My");
  // By now the chat would have paused.
  await gateway.pass(40_000);
  await expect(chat.banner).toHaveCount(0);
  await gateway.pass(28 * MINUTE + 30_000);
  await expect(chat.banner).toContainText(WARNED);
  await chat.composer.press("Enter");
  await chat.answered("My");
  await expect(chat.banner).toHaveCount(0);
});

test("16: a page in the background asks by its title", async ({ gateway, chat }) => {
  await talk(chat, gateway);
  const title = await chat.page.title();
  await chat.hide();
  await gateway.pass(28 * MINUTE + 30_000);
  await expect(chat.page).toHaveTitle("Still there?");
  await chat.lookAt();
  await expect(chat.page).toHaveTitle(title);
  await expect(chat.banner).toContainText(WARNED);
});

test("17: nobody is warned while they wait for us", async ({ gateway, chat }) => {
  await talk(chat, gateway);
  await chat.say("Talk to a person");
  await chat.answered("in line");
  await expect(chat.banner).toContainText("in line");
  const before = await chat.banner.textContent();
  await gateway.pass(3 * 60 * MINUTE);
  await chat.say("Hello?");
  await chat.everythingSent();
  await expect(chat.banner).toHaveText(before ?? "");
  await expect(chat.mine).toHaveText(["Hi", "Talk to a person", "Hello?"]);

  await chat.say("Back to the bot");
  await chat.answered("Here I am again");
  await gateway.pass(28 * MINUTE + 30_000);
  await expect(chat.banner).toContainText(WARNED);
});

test("18: a machine that slept past the deadline checks before it says anything", async ({ gateway, chat }) => {
  const line = await createWeakLine(gateway.port);
  await chat.goThrough(line);
  const { page } = chat;
  await page.clock.install();
  await talk(chat, gateway);
  await chat.draft("My order has not");
  line.sleep();
  await gateway.pass(45 * MINUTE);
  await page.clock.setSystemTime(Date.now() + 45 * MINUTE);
  await expect(chat.banner).toHaveText("Checking your chat…");
  // No connection outlives a sleep.
  line.cut();
  line.release();
  await expect(chat.banner).toContainText(/paused this chat|Continue this chat/);
  await expect(chat.mine).toHaveText(["Hi"]);
  await expect(chat.composer).toHaveValue("My order has not");
  await chat.say("My order has not come");
  await expect(chat.banner).toHaveCount(0);
  await chat.answered("order number");
  await line.remove();
});

test("18: a machine that slept a day finds that the chat has ended, and what was half written", async ({
  gateway,
  chat,
}) => {
  const line = await createWeakLine(gateway.port);
  await chat.goThrough(line);
  const { page } = chat;
  await page.clock.install();
  await talk(chat, gateway);
  await chat.draft("My order has not");
  line.sleep();
  await gateway.pass(24 * 60 * MINUTE);
  await page.clock.setSystemTime(Date.now() + 24 * 60 * MINUTE);
  // No connection outlives a sleep.
  line.cut();
  line.release();
  await expect(chat.banner).toContainText(/Your last chat ended/);
  await expect(chat.mine).toHaveText(["Hi"]);
  await expect(chat.composer).toHaveValue("My order has not");
  await chat.composer.press("Enter");
  await chat.answered("order number");
  await line.remove();
});

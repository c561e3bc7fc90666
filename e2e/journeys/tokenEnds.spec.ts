import type { Chat } from "./chat.ts";
import type { Gateway } from "./gateway.ts";
import { expect, test } from "./journey.ts";

const MINUTE = 60_000;
/** The demo shop's tokens are good for an hour. */
const UNTIL_THE_END = 10 * MINUTE;

/** Talks for most of an hour, so that nothing but the token is about to end. */
async function talkOn(chat: Chat, gateway: Gateway, as: string): Promise<void> {
  await chat.openAs(as, gateway.url);
  for (const text of ["One", "Two", "Three"]) {
    await chat.say(text);
    await chat.answered(text);
    if (text !== "Three") await gateway.pass(25 * MINUTE);
  }
}

test("20: a token is renewed before it runs out, and nobody notices", async ({ gateway, chat, someone }) => {
  await talkOn(chat, gateway, someone);
  const renewed = chat.page.waitForResponse("**/demo/token");
  await gateway.pass(UNTIL_THE_END - 30_000);
  expect((await renewed).ok()).toBe(true);
  await chat.say("Four");
  await chat.answered("Four");
  await gateway.pass(UNTIL_THE_END);
  await chat.say("Five");
  await chat.answered("Five");
  await expect(chat.banner).toHaveCount(0);
  await expect(chat.mine).toHaveText(["One", "Two", "Three", "Four", "Five"]);
});

test("20: nothing is suggested to a person while it could not be sent", async ({ gateway, chat, someone }) => {
  await chat.openAs(someone, gateway.url);
  await expect(chat.chips).toHaveCount(3);
  await chat.page.route("**/demo/token", (route) => route.abort());
  await gateway.pass(61 * MINUTE);
  await expect(chat.banner).toContainText("Please sign in again to continue.");
  await expect(chat.greeting).toBeVisible();
  await expect(chat.chips).toHaveCount(0);
  await chat.page.unroute("**/demo/token");
  await chat.banners("Sign in").click();
  await expect(chat.chips).toHaveCount(3);
});

test("20: a person whose shop has no token any more is asked to sign in again, and keeps their words", async ({
  gateway,
  chat,
  someone,
}) => {
  const { page } = chat;
  await talkOn(chat, gateway, someone);
  await chat.draft("My order has not");
  await page.route("**/demo/token", (route) => route.abort());
  await gateway.pass(UNTIL_THE_END + 1_000);
  await expect(chat.banner).toContainText("Please sign in again to continue.");
  await expect(chat.composer).toHaveValue("My order has not");
  await expect(chat.mine).toHaveText(["One", "Two", "Three"]);
  await chat.say("My order has not come");
  await expect(chat.banner).toContainText("Please sign in again to continue.");
  await expect(chat.mine.last()).toHaveText("My order has not come");

  // Still none: asked again, and nothing is lost by it.
  await chat.banners("Sign in").click();
  await expect(chat.banner).toContainText("Please sign in again to continue.");
  await page.unroute("**/demo/token");
  await chat.banners("Sign in").click();
  await expect(chat.banner).toHaveCount(0);
  await chat.everythingSent();
  await chat.answered("order number");
  await expect(chat.mine).toHaveText(["One", "Two", "Three", "My order has not come"]);
});

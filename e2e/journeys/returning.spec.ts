import type { BrowserContext } from "@playwright/test";
import { Chat } from "./chat.ts";
import type { Gateway } from "./gateway.ts";
import { expect, test } from "./journey.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

type Away = { gateway: Gateway; context: BrowserContext; ms: number; as?: string };

/** Closes the tab, stays away, and opens the chat in another. */
async function comeBack(chat: Chat, { gateway, context, ms, as }: Away): Promise<Chat> {
  const next = new Chat(await context.newPage());
  await chat.page.close();
  await gateway.pass(ms);
  await next.visit(gateway.url);
  if (as !== undefined) await next.signIn(as);
  await next.open();
  return next;
}

async function talk(chat: Chat, gateway: Gateway, as?: string): Promise<void> {
  await chat.visit(gateway.url);
  if (as !== undefined) await chat.signIn(as);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
}

test("5: after ten minutes everything is as it was, and nothing is asked", async ({ gateway, chat, context }) => {
  await talk(chat, gateway);
  await chat.draft("My order has not");
  const back = await comeBack(chat, { gateway, context, ms: 10 * MINUTE });
  await expect(back.mine).toHaveText(["Hi"]);
  await expect(back.composer).toHaveValue("My order has not");
  await expect(back.banner).toHaveCount(0);
  await expect(back.offer).toHaveCount(0);
  await back.say("My order has not come");
  await back.answered("order number");
});

test("5: after forty minutes it is asked once, and «Continue» goes on", async ({ gateway, chat, context }) => {
  await talk(chat, gateway);
  const back = await comeBack(chat, { gateway, context, ms: 40 * MINUTE });
  await expect(back.offer).toContainText(/Continue.*start new\?/);
  await expect(back.offer).toContainText("Last message 40 minutes ago");
  await back.offer.getByRole("button", { name: "Continue" }).click();
  await expect(back.offer).toHaveCount(0);
  await expect(back.mine).toHaveText(["Hi"]);
  await expect(back.composer).toBeFocused();
  await back.page.reload();
  await expect(back.mine).toHaveText(["Hi"]);
  await expect(back.offer).toHaveCount(0);
});

test("5: after forty minutes writing is an answer too", async ({ gateway, chat, context }) => {
  await talk(chat, gateway);
  const back = await comeBack(chat, { gateway, context, ms: 40 * MINUTE });
  await expect(back.offer).toBeVisible();
  await back.composer.pressSequentially("Where");
  await expect(back.offer).toHaveCount(0);
  await expect(back.banner).toHaveCount(0);
  await expect(back.composer).toHaveValue("Where");
  await back.say("Where were we?");
  await expect(back.mine).toHaveText(["Hi", "Where were we?"]);
  await back.answered("Where were we?");
  await expect(back.banner).toHaveCount(0);
});

test("5: after forty minutes one may read first, or start anew; what was said stays readable", async ({
  gateway,
  chat,
  context,
}) => {
  await talk(chat, gateway);
  const back = await comeBack(chat, { gateway, context, ms: 40 * MINUTE });
  await back.offer.getByRole("button", { name: "See it first" }).click();
  await expect(back.mine).toHaveText(["Hi"]);
  await expect(back.banner).toContainText("Continue this chat, or start new?");
  await back.banners("Start new").click();
  await expect(back.banner).toHaveCount(0);
  await back.say("Something else");
  await back.answered("Something else");
  await expect(back.mine).toHaveText(["Hi", "Something else"]);
  await expect(back.page.locator("baton-widget .divider", { hasText: "Chat ended" })).toBeVisible();
});

test("5: after a day the chat is a new one that knows the last", async ({ gateway, chat, context, someone }) => {
  await talk(chat, gateway, someone);
  const back = await comeBack(chat, { gateway, context, ms: DAY, as: someone });
  await expect(back.greeting).toContainText(/Welcome back\.|Good to see you again\./);
  await expect(back.chips).toHaveText(["Pick it up", "Something new"]);
  await expect(back.mine).toHaveCount(0);
  await back.page.getByRole("button", { name: "Earlier messages" }).click();
  await expect(back.mine).toHaveText(["Hi"]);
  await back.page.getByRole("button", { name: "Pick it up" }).click();
  await expect(back.mine).toHaveText(["Hi", "Pick it up"]);
  await back.answered("Pick it up");
});

test("5: after a day a visitor without a name is greeted neutrally", async ({ gateway, chat, context }) => {
  await talk(chat, gateway);
  const back = await comeBack(chat, { gateway, context, ms: DAY });
  await expect(back.greeting).toContainText(/Welcome back\. How can we help\?|Good to see you again\. What can we do/);
  await back.say("Something else");
  await back.answered("Something else");
});

test("5: after sixty days one is told that the last chat has ended, and may read it", async ({
  gateway,
  chat,
  context,
}) => {
  await talk(chat, gateway);
  const back = await comeBack(chat, { gateway, context, ms: 60 * DAY });
  await expect(back.banner).toContainText(/Your last chat ended (60 days|2 months) ago\./);
  await back.banners("Read it").click();
  await expect(back.mine).toHaveText(["Hi"]);
  await back.banners("Start new").click();
  await expect(back.banner).toHaveCount(0);
  await back.say("Hello again");
  await expect(back.mine.last()).toHaveText("Hello again");
  await back.everythingSent();
});

test("5: a page that stood open for a day says that the chat has ended, and goes on when one writes", async ({
  gateway,
  chat,
}) => {
  await talk(chat, gateway);
  await gateway.pass(DAY);
  await expect(chat.page.locator("baton-widget .divider", { hasText: "Chat ended" })).toBeVisible();
  await chat.say("I am back");
  await chat.answered("I am back");
  await expect(chat.mine).toHaveText(["Hi", "I am back"]);
});

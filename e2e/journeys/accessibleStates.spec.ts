import { expectAccessible } from "./accessibility.ts";
import { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";
import { begin } from "./rivals.ts";
import { createWeakLine } from "./weakLine.ts";

const MINUTE = 60_000;

// Half-faded text has no contrast to judge.
const still = { reducedMotion: "reduce" } as const;

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing where the chat is on another device, ${colorScheme}`, async ({
    gateway,
    chat: laptop,
    phone,
    someone,
  }) => {
    test.setTimeout(90_000);
    for (const { page } of [laptop, phone]) await page.emulateMedia({ colorScheme, ...still });
    const line = await createWeakLine(gateway.port);
    await laptop.goThrough(line);
    await begin({ on: phone, watchedOn: laptop, as: someone, at: gateway.url });
    await expectAccessible(laptop.page, "passive");
    await phone.draft("My order has not");
    line.hold();
    await laptop.continueHere.click();
    await expect(laptop.elsewhere).toContainText("Moving your chat here…");
    await expectAccessible(laptop.page, "moving");
    line.release();
    await expect(laptop.banner).toContainText("Draft from");
    await expectAccessible(laptop.page, "draft arrived");
    await expect(phone.elsewhere).toBeVisible();
    await expectAccessible(phone.page, "taken over on a phone");
    line.hold();
    await laptop.draftUnheard("Words that were on their way");
    await phone.take();
    await expect(laptop.elsewhere).toBeVisible();
    line.release();
    await expect(laptop.elsewhere).toContainText("Not sent yet");
    await expectAccessible(laptop.page, "taken over with unsent words");
    await phone.draft("Other words");
    await laptop.take();
    await expect(laptop.banner).toContainText("Draft from");
    await expectAccessible(laptop.page, "drafts clash");
    await laptop.banners("Show").click();
    await expectAccessible(laptop.page, "drafts clash, shown");
    await phone.continueHere.click();
    await expect(phone.elsewhere).toContainText("keeps moving");
    await expectAccessible(phone.page, "device fight on a phone");
    await line.remove();
  });

  test(`axe finds nothing where it gets quiet, ${colorScheme}`, async ({ gateway, chat }) => {
    test.setTimeout(90_000);
    const { page } = chat;
    await page.emulateMedia({ colorScheme, ...still });
    const line = await createWeakLine(gateway.port);
    await chat.goThrough(line);
    await page.clock.install();
    await chat.visit(gateway.url);
    await chat.open();
    await chat.say("Hi");
    await chat.answered("Hello!");
    await gateway.pass(28 * MINUTE);
    await expect(chat.banner).toContainText("2 minutes");
    await expectAccessible(page, "warning");
    await gateway.pass(70_000);
    await chat.pass(70_000);
    await expect(chat.banner.getByRole("timer")).toBeVisible();
    await expectAccessible(page, "countdown");
    await chat.banners("I'm still here").click();
    await expect(chat.banner).toHaveText("Thanks, still here.");
    await expectAccessible(page, "extended");
    await gateway.pass(31 * MINUTE);
    await expect(chat.banner).toContainText("paused");
    await expectAccessible(page, "paused");
    line.sleep();
    await page.clock.setSystemTime(Date.now() + 45 * MINUTE);
    await expect(chat.banner).toHaveText("Checking your chat…");
    await expectAccessible(page, "checking");
    await line.remove();
  });

  test(`axe finds nothing where somebody comes back, ${colorScheme}`, async ({ gateway, chat, context, someone }) => {
    test.setTimeout(90_000);
    const comeBack = async (from: Chat, ms: number) => {
      const next = new Chat(await context.newPage());
      await next.page.emulateMedia({ colorScheme, ...still });
      await from.page.close();
      await gateway.pass(ms);
      await next.visit(gateway.url);
      await next.signIn(someone);
      await next.open();
      return next;
    };
    await chat.openAs(someone, gateway.url);
    await chat.say("Find my order");
    await chat.answered("order number");
    let back = await comeBack(chat, 40 * MINUTE);
    await expect(back.offer).toBeVisible();
    await expectAccessible(back.page, "offer");
    await back.offer.getByRole("button", { name: "See it first" }).click();
    await expect(back.banner).toContainText("Continue this chat");
    await expectAccessible(back.page, "offer, read first");
    back = await comeBack(back, 24 * 60 * MINUTE);
    await expect(back.chips).toHaveCount(2);
    await expectAccessible(back.page, "primed");
    await back.page.getByRole("button", { name: "Earlier messages" }).click();
    await expect(back.mine).toHaveCount(1);
    await back.page.getByRole("button", { name: "Pick it up" }).click();
    await back.answered("Pick it up");
    await expectAccessible(back.page, "primed, picked up");
    back = await comeBack(back, 60 * 24 * 60 * MINUTE);
    await expect(back.banner).toContainText("Your last chat ended");
    await expectAccessible(back.page, "ended while away");
    await back.page.route("**/demo/token", (route) => route.abort());
    await gateway.pass(61 * MINUTE);
    await expect(back.banner).toContainText("Please sign in again");
    await expectAccessible(back.page, "token ended");
  });
}

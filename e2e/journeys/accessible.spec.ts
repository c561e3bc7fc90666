import { expectAccessible } from "./accessibility.ts";
import { expect, test } from "./journey.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing in any state, ${colorScheme}`, async ({ gateway, chat, context, page }) => {
    test.setTimeout(90_000);
    // Half-faded text has no contrast to judge.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await chat.visit(gateway.url);
    await expectAccessible(page, "launcher");
    await chat.open();
    await expect(page.locator("baton-widget .greeting")).toBeVisible();
    await expectAccessible(page, "first panel");
    await chat.say("Tell me how it works");
    await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
    await expectAccessible(page, "streaming");
    await chat.answered("or for a person.");
    await chat.say("Talk to a person");
    await expect(chat.chips.first()).toBeVisible();
    await expectAccessible(page, "choices");
    await context.setOffline(true);
    await chat.say("Hello?");
    await expect(chat.banner).toHaveText(/offline/);
    await expectAccessible(page, "offline");
    await context.setOffline(false);
    await chat.everythingSent();
    await page.getByRole("button", { name: "More" }).click();
    await expectAccessible(page, "menu");
    await page.getByRole("button", { name: "End chat" }).click();
    await expectAccessible(page, "end question");
    await chat.banner.getByRole("button", { name: "End chat" }).click();
    await expect(page.getByText("How was this chat?")).toBeVisible({ timeout: 20_000 });
    await expect(chat.banner).toHaveCount(0);
    await page.getByRole("button", { name: /Great/ }).click();
    await expectAccessible(page, "rating");
    await page.getByRole("button", { name: "Send rating" }).click();
    await expect(page.getByText("This chat has ended.")).toBeVisible();
    await expectAccessible(page, "ended");
  });
}

test("a person with a keyboard opens, writes, and puts the chat away where they came from", async ({
  gateway,
  chat,
}) => {
  await chat.visit(gateway.url);
  await chat.launcher.focus();
  await chat.page.keyboard.press("Enter");
  await expect(chat.composer).toBeFocused();
  await expect(chat.launcher).toHaveAttribute("aria-expanded", "true");
  await chat.page.keyboard.type("Hi");
  await chat.page.keyboard.press("Enter");
  await chat.answered("Hello!");
  await chat.page.keyboard.press("Escape");
  await expect(chat.panel).toHaveCount(0);
  await expect(chat.launcher).toBeFocused();
});

test("a page that opens the chat by itself leaves the focus where it is", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.page.getByRole("button", { name: "Ask a question" }).click();
  await expect(chat.composer).toBeVisible();
  await expect(chat.page.getByRole("button", { name: "Ask a question" })).toBeFocused();
});

import { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";

test("3: a person refreshes with half a sentence typed and finds it as it was", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  await chat.composer.fill("My order has not");
  await chat.page.reload();
  await expect(chat.panel).toBeVisible();
  await expect(chat.composer).toHaveValue("My order has not");
  await expect(chat.mine).toHaveText(["Hi"]);
  await chat.answered("Hello!");
  await expect(chat.banner).toHaveCount(0);
});

test("3: a person closes the tab with half a sentence typed and finds it in the next", async ({
  gateway,
  chat,
  context,
}) => {
  const told = new Promise<void>((resolve) => {
    chat.page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => String(payload).includes('"draft:set"') && resolve()),
    );
  });
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  await chat.composer.fill("My order has not");
  await told;
  const next = new Chat(await context.newPage());
  await chat.page.close();
  await next.visit(gateway.url);
  await next.open();
  await expect(next.composer).toHaveValue("My order has not");
});

test("3: a person refreshes in the middle of an answer and gets the rest of it", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Tell me how it works");
  await expect(chat.page.getByRole("button", { name: "Stop" })).toBeVisible();
  await chat.page.reload();
  await chat.answered(/Everything you write.*or for a person\.$/s);
  await expect(chat.theirs).toHaveCount(1);
});

test("4: a person walks over five pages and goes back twice, and the chat goes along", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  for (const page of [1, 2, 3, 4, 5]) {
    await chat.page.goto(`${gateway.url}/?page=${page}`);
    await expect(chat.mine).toHaveText(["Hi"]);
  }
  await chat.page.goBack();
  await expect(chat.mine).toHaveText(["Hi"]);
  await chat.page.goBack();
  await expect(chat.page).toHaveURL(/page=3/);
  await expect(chat.panel).toBeVisible();
  await chat.say("Still here");
  await chat.answered("Still here");
});

test("a person stops an answer and keeps what was written", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Tell me how it works");
  // By keyboard: it stands below a text that grows.
  await chat.page.getByRole("button", { name: "Stop" }).press("Enter");
  await expect(chat.page.locator("baton-widget .fate", { hasText: "Stopped" })).toBeVisible();
  await expect(chat.theirs).toHaveCount(1);
});

test("whoever ends the chat and writes on has not left", async ({ gateway, chat }) => {
  const { page } = chat;
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "End chat" }).click();
  await chat.banners("End chat").click();
  await expect(chat.banners("Undo")).toBeVisible();
  await chat.say("One more thing");
  await expect(chat.banner).toHaveCount(0);
  await chat.answered("One more thing");
  await expect(chat.mine).toHaveText(["Hi", "One more thing"]);
});

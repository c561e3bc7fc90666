import { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";
import { rivalsTold } from "./rivals.ts";

test("6: two tabs share one socket, show the same, and survive the one that owns it", async ({
  gateway,
  chat,
  context,
}) => {
  const sockets: string[] = [];
  const second = new Chat(await context.newPage());
  for (const { page } of [chat, second]) page.on("websocket", (socket) => sockets.push(socket.url()));

  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi from the first");
  await chat.answered(/Hello!|I heard/);
  await second.visit(gateway.url);
  await second.open();
  await expect(second.mine).toHaveText(["Hi from the first"]);
  await second.say("Hi from the second");
  await expect(chat.mine).toHaveText(["Hi from the first", "Hi from the second"]);
  await second.everythingSent();
  expect(sockets).toHaveLength(1);

  await chat.page.close();
  await second.say("Alone now");
  await second.everythingSent();
  await second.answered("Alone now");
  await expect(second.mine).toHaveText(["Hi from the first", "Hi from the second", "Alone now"]);
  expect(sockets).toHaveLength(2);
});

test("7: a duplicated tab is the same person at the same device, with words of its own from then on", async ({
  gateway,
  chat,
  context,
}) => {
  const told = rivalsTold(chat.page);
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  await chat.draft("My order has not");
  const opened = context.waitForEvent("page");
  // As a browser duplicates a tab: with a copy of its sessionStorage.
  await chat.page.evaluate(() => void window.open(location.href));
  const twin = new Chat(await opened);
  await expect(twin.panel).toBeVisible();
  await expect(twin.mine).toHaveText(["Hi"]);
  await expect(twin.composer).toHaveValue("My order has not");
  await twin.composer.fill("Something else");
  await expect(chat.composer).toHaveValue("My order has not");
  await twin.composer.press("Enter");
  await expect(chat.mine).toHaveText(["Hi", "Something else"]);
  await chat.answered("Something else");
  await expect(chat.composer).toHaveValue("My order has not");
  await chat.page.close();
  await twin.say("Alone now");
  await twin.answered("Alone now");
  await expect(twin.banner).toHaveCount(0);
  await expect(twin.elsewhere).toHaveCount(0);
  expect(told).toEqual([]);
});

test("6: whoever loses the chat to another device loses it in all tabs, and takes it back in any", async ({
  gateway,
  chat,
  context,
  phone,
  someone,
}) => {
  await chat.beginAs(someone, gateway.url);
  const second = new Chat(await context.newPage());
  await second.openAs(someone, gateway.url);
  await expect(second.mine).toHaveText(["Hi"]);
  await phone.openAs(someone, gateway.url);
  await phone.take();
  await expect(chat.elsewhere).toContainText("You continued on Safari on iPhone.");
  await expect(second.elsewhere).toContainText("You continued on Safari on iPhone.");
  await second.take();
  await expect(chat.composer).toBeVisible();
  await expect(phone.elsewhere).toBeVisible();
  await chat.say("From the first tab");
  await expect(phone.mine).toHaveText(["Hi", "From the first tab"]);
});

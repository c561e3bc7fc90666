import { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";

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

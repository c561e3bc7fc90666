import { expect, test } from "./journey.ts";

test("26: a person whose browser denies storage chats all the same and is told once what it means", async ({
  gateway,
  chat,
}) => {
  await chat.page.addInitScript(() => {
    const deny = () => {
      throw new DOMException("denied", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage", "indexedDB"])
      Object.defineProperty(window, name, { get: deny });
  });
  await chat.page.goto(gateway.url);
  await chat.open();
  await expect(chat.banner).toHaveText(/Your browser blocks storage, so this chat ends when you close this tab\./);
  await chat.say("Hi");
  await chat.answered("Hello!");
  await chat.banner.getByRole("button", { name: "OK" }).click();
  await expect(chat.banner).toHaveCount(0);
  await chat.say("And again");
  await chat.answered("And again");
});

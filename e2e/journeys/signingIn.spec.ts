import { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";

test("a person signs in and their chat follows them; signed out, nothing of it is to be found", async ({
  gateway,
  chat,
}) => {
  const { page } = chat;
  await chat.visit(gateway.url);
  await page.getByRole("textbox", { name: "Test user" }).fill("person-one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Signed in as person-one")).toBeAttached();
  await chat.open();
  await chat.say("It is me");
  await chat.answered("It is me");
  await page.reload();
  await expect(chat.mine).toHaveText(["It is me"]);
  await chat.composer.fill("only for me");

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(chat.mine).toHaveCount(0);
  expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toMatch(
    /me|token/i,
  );

  await page.getByRole("textbox", { name: "Test user" }).fill("person-two");
  await page.getByRole("button", { name: "Sign in" }).click();
  await chat.say("Somebody else");
  await chat.answered("Somebody else");
  await expect(chat.mine).toHaveText(["Somebody else"]);
});

test("the same person on two devices sees both write", async ({ gateway, chat, browser }) => {
  const other = new Chat(await (await browser.newContext()).newPage());
  const urls = [gateway.url, gateway.url.replace("localhost", "127.0.0.1")];
  for (const [index, device] of [chat, other].entries()) {
    await device.visit(urls[index] ?? gateway.url);
    await device.page.getByRole("textbox", { name: "Test user" }).fill("person-three");
    await device.page.getByRole("button", { name: "Sign in" }).click();
    await device.open();
  }
  await chat.say("From the laptop");
  await expect(other.mine).toHaveText(["From the laptop"]);
  await other.say("From the phone");
  await expect(chat.mine).toHaveText(["From the laptop", "From the phone"]);
  await other.page.context().close();
});

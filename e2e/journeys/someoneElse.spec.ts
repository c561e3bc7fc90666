import { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";
import { traces } from "./traces.ts";

test("19: anonymous, then signed in, then out, then somebody else: nothing of the first is to be found", async ({
  gateway,
  chat,
  context,
  someone,
}) => {
  const { page } = chat;
  const other = new Chat(await context.newPage());
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("About the bowler");
  await chat.answered("About the bowler");
  await other.visit(gateway.url);
  await other.open();
  await expect(other.mine).toHaveText(["About the bowler"]);

  await chat.signIn(someone);
  await chat.say("It is me");
  await chat.answered("It is me");
  await expect(chat.mine).toHaveText(["About the bowler", "It is me"]);
  await expect(other.mine).toHaveText(["About the bowler", "It is me"]);
  await chat.draft("and the gloves");
  await other.composer.fill("and the scarf");

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("Signed out")).toBeAttached();
  await expect(other.mine).toHaveCount(0);
  const first = /bowler|gloves|scarf|It is me|:visitor|[tT]oken/;
  for (const tab of [chat, other]) expect(await traces(tab.page)).not.toMatch(first);

  await page.getByRole("textbox", { name: "Test user" }).fill(`${someone}-b`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await chat.say("Somebody else");
  await chat.answered("Somebody else");
  await expect(chat.mine).toHaveText(["Somebody else"]);
  await expect(page.getByRole("button", { name: "Earlier messages" })).toHaveCount(0);
  await expect(other.mine).toHaveText(["Somebody else"]);
  for (const tab of [chat, other]) expect(await traces(tab.page)).not.toMatch(/bowler|gloves|scarf|It is me/);
});

test("19: the first person finds their chat again, what they said without a name included", async ({
  gateway,
  chat,
  someone,
}) => {
  const { page } = chat;
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("About the bowler");
  await chat.answered("About the bowler");
  await chat.signIn(someone);
  await chat.say("It is me");
  await chat.answered("It is me");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(chat.mine).toHaveCount(0);
  await page.getByRole("textbox", { name: "Test user" }).fill(someone);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(chat.mine).toHaveText(["About the bowler", "It is me"]);
  await expect(chat.elsewhere).toHaveCount(0);
});

test("19: a person who signs in where their other device has the chat, joins it as a watcher", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  await phone.beginAs(someone, gateway.url);
  await laptop.visit(gateway.url);
  await laptop.open();
  await laptop.say("Without a name");
  await laptop.answered("Without a name");
  await laptop.signIn(someone);
  await expect(laptop.elsewhere).toContainText("This chat is active on Safari on iPhone.");
  await laptop.take();
  await laptop.say("With a name");
  await laptop.answered("With a name");
  await expect(phone.mine.last()).toHaveText("With a name");
});

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
    // Not a bare «me»: the device's id is drawn, and may contain it.
    /It is me|only for me|:visitor|token/i,
  );

  await page.getByRole("textbox", { name: "Test user" }).fill("person-two");
  await page.getByRole("button", { name: "Sign in" }).click();
  await chat.say("Somebody else");
  await chat.answered("Somebody else");
  await expect(chat.mine).toHaveText(["Somebody else"]);
});

test("a page that does not sign a known person in again waits for it, and speaks of no outage", async ({
  gateway,
  chat,
}) => {
  const { page } = chat;
  const lines: unknown[] = [];
  await page.exposeFunction("noteLine", (line: unknown) => lines.push(line));
  await page.addInitScript(() => {
    const { noteLine } = window as unknown as { noteLine: (line: unknown) => void };
    addEventListener("baton:connection", (event) => noteLine((event as CustomEvent).detail.state));
  });
  await chat.visit(gateway.url);
  await page.getByRole("textbox", { name: "Test user" }).fill("person-four");
  await page.getByRole("button", { name: "Sign in" }).click();
  await chat.open();
  await chat.say("It is me");
  await chat.answered("It is me");
  // The shop forgets who was signed in; the chat's own storage does not.
  await page.evaluate(() => sessionStorage.removeItem("shop:user"));
  lines.length = 0;
  await page.reload();
  await expect.poll(() => lines.at(-1), { timeout: 15_000 }).toBe("up");
  expect(lines).toEqual(["brief", "up"]);
  await expect(chat.banner).toHaveCount(0);
});

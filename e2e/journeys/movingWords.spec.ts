import { expect, test } from "./journey.ts";
import { begin } from "./rivals.ts";
import { createWeakLine } from "./weakLine.ts";

test("9: the half sentence moves along, and may be sent back where it came from", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  await begin({ on: phone, watchedOn: laptop, as: someone, at: gateway.url });
  await phone.draft("My order has not");
  await laptop.take();
  await expect(laptop.composer).toHaveValue("My order has not");
  await expect(laptop.banner).toContainText("Draft from Safari on iPhone");
  await expect(phone.elsewhere).toBeVisible();
  await expect(phone.elsewhere).not.toContainText("My order has not");

  await laptop.draft("My order has not come");
  await expect(laptop.banner).toHaveCount(0);
  await phone.take();
  await expect(phone.composer).toHaveValue("My order has not come");
  await phone.banners("Undo").click();
  await expect(phone.composer).toHaveValue("");
  await expect(phone.banner).toHaveCount(0);
});

test("9: words that were on their way when the chat moved stay with their person, beside those that come", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  const line = await createWeakLine(gateway.port);
  await laptop.goThrough(line);
  await begin({ on: laptop, watchedOn: phone, as: someone, at: gateway.url });
  line.hold();
  await laptop.draftUnheard("Laptop words");
  await phone.take();
  await expect(laptop.elsewhere).toBeVisible();
  line.release();
  await expect(laptop.elsewhere).toContainText("Not sent yet: “Laptop words”");

  await phone.draft("Phone words");
  await laptop.take();
  await expect(laptop.composer).toHaveValue("Laptop words");
  await expect(laptop.banner).toContainText("Draft from Safari on iPhone");
  await laptop.banners("Show").click();
  await expect(laptop.banner).toContainText("Draft from Safari on iPhone");
  await expect(laptop.banner).toContainText("Phone words");
  await laptop.banners("Insert below").click();
  await expect(laptop.composer).toHaveValue("Laptop words\nPhone words");
  await expect(laptop.banner).toHaveCount(0);
  await line.remove();
});

test("11: both send in the same instant: one is refused, and returned as text", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  const line = await createWeakLine(gateway.port);
  await phone.goThrough(line);
  await begin({ on: phone, watchedOn: laptop, as: someone, at: gateway.url });
  line.hold();
  await phone.say("From the phone");
  await laptop.take();
  await laptop.say("From the laptop");
  await laptop.everythingSent();
  line.release();

  await expect(phone.elsewhere).toContainText("Not sent yet: “From the phone”");
  await laptop.answered("From the laptop");
  await expect(laptop.mine).toHaveText(["Hi", "From the laptop"]);
  await expect(phone.mine).toHaveText(["Hi", "From the laptop"]);
  await phone.take();
  await expect(phone.composer).toHaveValue("From the phone");
  await phone.composer.press("Enter");
  await expect(laptop.mine).toHaveText(["Hi", "From the laptop", "From the phone"]);
  await line.remove();
});

test("11: two devices that both believe they may write: nothing is lost, nothing is said twice", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  await begin({ on: phone, watchedOn: laptop, as: someone, at: gateway.url });
  await phone.draft("From the phone");
  await phone.hide();
  // The phone is not looked at any more, so here the first word takes the chat.
  await gateway.pass(61_000);
  await laptop.composer.fill("From the laptop");
  await Promise.all([phone.page.keyboard.press("Enter"), laptop.page.keyboard.press("Enter")]);
  const laptopLost = await Promise.race(
    [laptop, phone].map(({ elsewhere }) => elsewhere.waitFor().then(() => elsewhere === laptop.elsewhere)),
  );
  const [winner, loser] = laptopLost ? [phone, laptop] : [laptop, phone];
  const words = laptopLost ? ["From the phone", "From the laptop"] : ["From the laptop", "From the phone"];
  await winner.everythingSent();
  await expect(winner.mine.filter({ hasText: words[0] })).toHaveCount(1);
  // The loser's came just before, or it came too late: then its person has it back.
  await expect(async () => {
    const said = await winner.mine.filter({ hasText: words[1] }).count();
    const returned = await loser.elsewhere.getByText(`Not sent yet: “${words[1]}”`).count();
    expect(said + returned).toBe(1);
  }).toPass();
  expect(await loser.mine.allTextContents()).toEqual(await winner.mine.allTextContents());
});

test("12: a chat that is pulled to and fro four times in a minute rests for a moment", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  await begin({ on: phone, watchedOn: laptop, as: someone, at: gateway.url });
  await laptop.take();
  await phone.take();
  await laptop.take();
  await phone.continueHere.click();
  await expect(phone.elsewhere).toContainText("Your chat keeps moving between devices. Use it on one at a time.");
  const useHere = phone.elsewhere.getByRole("button", { name: "Use here" });
  await expect(useHere).toBeDisabled();
  await laptop.say("It stays here");
  await expect(phone.mine).toHaveText(["Hi", "It stays here"]);
  await expect(useHere).toBeEnabled();
  await useHere.click();
  await expect(phone.composer).toBeVisible();
  await expect(laptop.elsewhere).toBeVisible();
});

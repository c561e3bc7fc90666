import type { Page } from "@playwright/test";
import type { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";
import { begin } from "./rivals.ts";

/** When the page first shows that it is view-only, by the machine's clock, which both devices share here. */
function whenViewOnly(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = () => {
          const shown = document.querySelector("baton-widget")?.shadowRoot?.querySelector(".elsewhere");
          if (shown) resolve(Date.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

function whenPressed(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        addEventListener("click", () => resolve(Date.now()), { capture: true, once: true });
      }),
  );
}

/** Presses «Continue here», and tells how many ms later the other device knew. */
async function measureMove(to: Chat, from: Chat): Promise<number> {
  const [gone, pressed] = [whenViewOnly(from.page), whenPressed(to.page)];
  await to.take();
  return (await gone) - (await pressed);
}

test("8: a person goes on at the other device, and the first one knows at once", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  await begin({ on: phone, watchedOn: laptop, as: someone, at: gateway.url });
  await expect(laptop.elsewhere).toContainText("This chat is active on Safari on iPhone.");
  // The log is alive on the device that only watches.
  await expect(laptop.mine).toHaveText(["Hi"]);
  await phone.say("Still the phone");
  await expect(laptop.mine).toHaveText(["Hi", "Still the phone"]);
  await phone.answered("Still the phone");

  const first = await measureMove(laptop, phone);
  await expect(phone.elsewhere).toContainText("You continued on Chrome on Windows. This device is view-only.");
  await expect(laptop.banner).toHaveText("You can chat here now.");
  await laptop.say("From the laptop");
  await expect(phone.mine).toHaveText(["Hi", "Still the phone", "From the laptop"]);
  await laptop.answered("From the laptop");
  await expect(phone.composer).toHaveCount(0);

  const back = await measureMove(phone, laptop);
  await phone.say("Back again");
  await expect(laptop.mine).toHaveText(["Hi", "Still the phone", "From the laptop", "Back again"]);
  console.log(`moved in ${first} ms, and back in ${back} ms`);
  // 500 ms is the promise; what else this machine does may delay one of the two.
  expect(Math.min(first, back)).toBeLessThan(500);
  expect(Math.max(first, back)).toBeLessThan(2_000);
});

test("8: a refresh on the device that only watches asks for nothing back", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  await begin({ on: laptop, watchedOn: phone, as: someone, at: gateway.url });
  await phone.take();
  await expect(laptop.elsewhere).toBeVisible();
  await laptop.page.reload();
  await expect(laptop.elsewhere).toContainText("This chat is active on Safari on iPhone.");
  await phone.page.reload();
  await expect(phone.composer).toBeVisible();
  await phone.say("It is here");
  await phone.everythingSent();
  await expect(laptop.mine).toHaveText(["Hi", "It is here"]);
  await expect(phone.elsewhere).toHaveCount(0);
});

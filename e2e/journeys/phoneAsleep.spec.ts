import type { Chat } from "./chat.ts";
import { expect, test } from "./journey.ts";
import { rivalsTold } from "./rivals.ts";
import { createWeakLine, type WeakLine } from "./weakLine.ts";

/** However a phone falls asleep. */
const ASLEEP: Record<string, (phone: Chat, line: WeakLine) => Promise<void>> = {
  "lies hidden on the table": (phone) => phone.hide(),
  "has frozen the page": async (phone) => {
    await phone.hide();
    const control = await phone.page.context().newCDPSession(phone.page);
    await control.send("Page.setWebLifecycleState", { state: "frozen" });
  },
  "has lost the network": async (_, line) => line.remove(),
  "has closed the page": (phone) => phone.page.close(),
};

for (const [how, fallAsleep] of Object.entries(ASLEEP)) {
  test(`10: the phone ${how}, and the laptop goes on without a question`, async ({
    gateway,
    chat: laptop,
    phone,
    someone,
  }) => {
    const line = await createWeakLine(gateway.port);
    await phone.goThrough(line);
    await phone.beginAs(someone, gateway.url);
    await fallAsleep(phone, line);
    await gateway.pass(61_000);

    const told = rivalsTold(laptop.page);
    await laptop.openAs(someone, gateway.url);
    await expect(laptop.mine).toHaveText(["Hi"]);
    await laptop.say("From the laptop");
    await laptop.answered("From the laptop");
    await expect(laptop.elsewhere).toHaveCount(0);
    expect(told).toEqual([]);
    if (how !== "has lost the network") await line.remove();
  });
}

test("10: a phone that wakes up finds its chat on the laptop, and takes it only when its person says so", async ({
  gateway,
  chat: laptop,
  phone,
  someone,
}) => {
  await phone.beginAs(someone, gateway.url);
  await phone.hide();
  await gateway.pass(61_000);
  await laptop.openAs(someone, gateway.url);
  await laptop.say("From the laptop");
  await laptop.everythingSent();
  await phone.lookAt();
  await expect(phone.elsewhere).toContainText("You continued on Chrome on Windows. This device is view-only.");
  await laptop.answered("From the laptop");
  await expect(laptop.elsewhere).toHaveCount(0);
  await phone.take();
  await expect(laptop.elsewhere).toContainText("You continued on Safari on iPhone.");
});

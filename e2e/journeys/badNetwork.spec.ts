import { configWithoutBot, startCluster } from "../faults/cluster/cluster.ts";
import { createGateway } from "./gateway.ts";
import { createHostPage } from "./hostPage.ts";
import { expect, test } from "./journey.ts";
import { secondDevice } from "./secondDevice.ts";
import { createWeakLine } from "./weakLine.ts";

test("13: a person writes three messages offline, refreshes, and they arrive in order, once", async ({
  gateway,
  chat,
}) => {
  // The page comes from the gateway, its socket over a line that can fail: so a refresh works while the chat is cut off.
  const line = await createWeakLine(gateway.port);
  await chat.page.addInitScript((url) => Object.assign(window, { BatonSettings: { gateway: url } }), line.url);
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  await line.remove();
  for (const text of ["One", "Two", "Three"]) await chat.say(text);
  await expect(chat.banner).toHaveText(/You're offline\. 3 messages will be sent when you're back\./);
  await chat.page.reload();
  await expect(chat.mine.filter({ hasText: /One|Two|Three/ })).toHaveText(["One", "Two", "Three"]);

  await chat.page.addInitScript((url) => Object.assign(window, { BatonSettings: { gateway: url } }), gateway.url);
  await chat.page.reload();
  await expect(chat.mine).toHaveText(["Hi", "One", "Two", "Three"]);
  await chat.everythingSent();
  await chat.page.reload();
  await expect(chat.mine).toHaveText(["Hi", "One", "Two", "Three"]);
});

test("13: a person whose network goes is told so, and told when it is back", async ({ gateway, chat, context }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  await context.setOffline(true);
  await chat.say("Are you there?");
  await expect(chat.banner).toHaveText(/You're offline\. 1 message will be sent/);
  await context.setOffline(false);
  await expect(chat.banner).toHaveText(/Back online\.|All messages sent\./);
  await chat.everythingSent();
  await expect(chat.mine).toHaveText(["Hi", "Are you there?"]);
});

test("a person who is cut off in the middle of an answer is not offered to stop it", async ({ gateway, chat }) => {
  const line = await createWeakLine(gateway.port);
  await chat.page.addInitScript((url) => Object.assign(window, { BatonSettings: { gateway: url } }), line.url);
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Tell me how it works");
  const stop = chat.page.getByRole("button", { name: "Stop" });
  await expect(stop).toBeEnabled();
  await line.remove();
  await expect(stop).toBeDisabled();
});

test("words that cannot be stored for now wait, their person is told so, and they arrive in order, once", async ({
  chat,
}) => {
  test.setTimeout(120_000);
  const host = await createHostPage();
  const cluster = await startCluster({ nodes: 1, redis: false, config: () => configWithoutBot([host.url]) });
  host.write(`<script async src="${cluster.nodes[0]?.url}/widget/v1/loader.js" data-site="demo"></script>`);
  await chat.visit(host.url);
  await chat.open();
  await chat.say("Hi");
  await chat.everythingSent();
  // The page keeps its line: it is the gateway that has lost its database.
  await cluster.postgres.stop();
  for (const text of ["One", "Two"]) await chat.say(text);
  await expect(chat.banner).toHaveText(/You're offline\. 2 messages will be sent when you're back\./);
  await chat.banners("Try now").click();
  await chat.say("Three");
  await expect(chat.banner).toHaveText(/You're offline\. 3 messages/);
  await cluster.postgres.start();
  await chat.everythingSent();
  await expect(chat.banner).toHaveCount(0);
  await expect(chat.mine).toHaveText(["Hi", "One", "Two", "Three"]);
  await chat.page.reload();
  await expect(chat.mine).toHaveText(["Hi", "One", "Two", "Three"]);
  await cluster.close();
  await host.remove();
});

test("14: a hundred messages each way over a line that is cut again and again", async ({ chat }) => {
  test.setTimeout(120_000);
  const host = await createHostPage();
  const gateway = await createGateway({
    sites: [
      {
        id: "demo",
        origins: [host.url],
        secrets: ["a-secret-that-is-long-enough-for-hs256"],
        bot: { kind: "demo" },
        // Both write at the same time.
        policy: { oneDevice: "shared" },
      },
    ],
    limits: { userMessagesPerSecond: 1_000 },
  });
  const line = await createWeakLine(gateway.port);
  const loader = `${gateway.url}/widget/v1/loader.js`;
  host.write(`<script async src="${loader}" data-site="demo" data-gateway="${line.url}"></script>`);
  await chat.visit(host.url);
  await chat.open();
  await chat.say("Talk to a person");
  await chat.answered("in line");
  const other = await secondDevice(chat.page, gateway.url);

  let cuts = 0;
  const texts = { mine: [] as string[], others: [] as string[] };
  for (let n = 1; n <= 100; n += 1) {
    texts.mine.push(`from here ${n}`);
    texts.others.push(`from there ${n}`);
    await chat.say(`from here ${n}`);
    await other.say(`from there ${n}`);
    // Not by the clock: cut whenever the person has come as far as this, so that every cut meets messages under way.
    if (n % 10 === 0) cuts += line.cut();
  }
  await expect(chat.mine).toHaveCount(201, { timeout: 60_000 });
  await chat.everythingSent();
  const shown = await chat.mine.allTextContents();
  expect(shown.filter((text) => text.startsWith("from here"))).toEqual(texts.mine);
  expect(shown.filter((text) => text.startsWith("from there"))).toEqual(texts.others);
  expect(cuts).toBeGreaterThan(0);
  other.leave();
  await line.remove();
  await host.remove();
  await gateway.remove();
});

test("15: the gateway is killed in the middle of a conversation and nothing is lost", async ({ chat }) => {
  test.setTimeout(90_000);
  const gateway = await createGateway();
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Find my order");
  await chat.answered("order number");
  await gateway.kill();
  await chat.say("B-1042");
  await expect(chat.page.locator("baton-widget .fate", { hasText: "Sending" })).toBeVisible();
  await gateway.start();
  await chat.everythingSent();
  await chat.answered(/e-?mail/i);
  await expect(chat.mine).toHaveText(["Find my order", "B-1042"]);
  await gateway.remove();
});

import { expect, test } from "./journey.ts";

test("1: a person opens the chat, says hi, and is answered", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await expect(chat.composer).toBeFocused();
  await chat.say("Hi there");
  await expect(chat.mine).toHaveText(["Hi there"]);
  await chat.answered("Hello!");
  await chat.everythingSent();
  await expect(chat.page.locator("baton-widget .fate")).toHaveText(/Sent/);
});

test("1: a person presses an answer instead of writing it, and finds an order", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Hi");
  await chat.chips.filter({ hasText: "Find my order" }).click();
  await chat.answered("order number");
  await expect(chat.mine).toHaveText(["Hi", "Find my order"]);
  await chat.say("B-1042");
  await chat.answered(/e-?mail/i);
});

test("1: a person asks for a person, waits in line, and goes back to the bot", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  await chat.open();
  await chat.say("Talk to a person");
  await chat.answered("in line");
  await chat.chips.filter({ hasText: "Back to the bot" }).click();
  await chat.answered("Here I am again");
});

test("2: a page nobody touches makes one request and keeps nothing", async ({ gateway, chat }) => {
  const asked: string[] = [];
  let sockets = 0;
  chat.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  chat.page.on("websocket", () => {
    sockets += 1;
  });
  await chat.visit(gateway.url);
  await chat.page.waitForLoadState("networkidle");
  expect(asked.filter((path) => path.startsWith("/widget/"))).toEqual(["/widget/v1/loader.js"]);
  expect(sockets).toBe(0);
  const kept = await chat.page.evaluate(async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    cookies: document.cookie,
    shift: await new Promise<number>((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value;
      }).observe({ type: "layout-shift", buffered: true });
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
    }),
  }));
  expect(kept).toEqual({ local: 0, session: 0, databases: 0, cookies: "", shift: 0 });
});

test("destroying the widget leaves nothing of it on the page", async ({ gateway, chat }) => {
  await chat.visit(gateway.url);
  const before = await chat.page.evaluate(() => document.documentElement.outerHTML.length);
  await chat.open();
  await chat.say("Hi");
  await chat.answered("Hello!");
  await chat.page.evaluate(() => (window as unknown as { Baton: (verb: string) => Promise<void> }).Baton("destroy"));
  await expect(chat.page.locator("baton-widget")).toHaveCount(0);
  expect(await chat.page.evaluate(() => document.documentElement.outerHTML.length)).toBeLessThan(before);
});

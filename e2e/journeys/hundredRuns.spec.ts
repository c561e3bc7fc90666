/**
 * A hundred times something happens to a page that people do every day, in an order drawn from a seed. One device is one
 * device: it is never told that the chat is elsewhere, and what was half written is there afterwards.
 */
import type { BrowserContext } from "@playwright/test";
import { Chat } from "./chat.ts";
import { createGateway } from "./gateway.ts";
import { createHostPage } from "./hostPage.ts";
import { expect, test } from "./journey.ts";
import { rivalsTold } from "./rivals.ts";
import { createWeakLine, type WeakLine } from "./weakLine.ts";

const SEEDS = [11, 22, 33, 44];
const RUNS = 25;

type Place = {
  chat: Chat;
  context: BrowserContext;
  line: WeakLine;
  url: string;
  told: string[];
  pass: (ms: number) => Promise<void>;
};
type Deed = (place: Place, random: () => number) => Promise<Chat>;

const DEEDS: Record<string, Deed> = {
  refresh: async ({ chat }) => {
    await chat.page.reload();
    return chat;
  },
  "refresh, and refresh again": async ({ chat }) => {
    await chat.page.reload({ waitUntil: "domcontentloaded" });
    await chat.page.reload();
    return chat;
  },
  "go on and back": async ({ chat, url }, random) => {
    await chat.page.goto(`${url}/?page=${random()}`);
    await chat.page.goBack();
    return chat;
  },
  "duplicate the tab and close the first": async ({ chat, context, told }) => {
    const twin = await duplicate(chat, context, told);
    await chat.page.close();
    return twin;
  },
  "duplicate the tab and close the twin": async ({ chat, context, told }) => {
    const twin = await duplicate(chat, context, told);
    await twin.page.close();
    return chat;
  },
  "lose the network for a moment": async ({ chat, context }) => {
    await context.setOffline(true);
    await context.setOffline(false);
    return chat;
  },
  "lose the connection": async ({ chat, line }) => {
    line.cut();
    return chat;
  },
  "sleep for minutes": async ({ chat, line, pass }, random) => {
    line.sleep();
    await pass(60_000 * (2 + Math.floor(18 * random())));
    line.cut();
    line.release();
    return chat;
  },
  "look at something else for a while": async ({ chat, pass }) => {
    await chat.hide();
    await pass(90_000);
    await chat.lookAt();
    return chat;
  },
};

async function duplicate(chat: Chat, context: BrowserContext, told: string[]): Promise<Chat> {
  const opened = context.waitForEvent("page");
  await chat.page.evaluate(() => void window.open(location.href));
  const twin = new Chat(await opened);
  rivalsTold(twin.page, told);
  await expect(twin.panel).toBeVisible();
  return twin;
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (const seed of SEEDS) {
  test(`${RUNS} mixed runs never show «active elsewhere» (seed ${seed})`, async ({ chat: first, context }) => {
    test.setTimeout(180_000);
    const host = await createHostPage();
    const gateway = await createGateway({
      sites: [
        {
          id: "demo",
          origins: [host.url],
          secrets: ["a-secret-that-is-long-enough-for-hs256"],
          bot: { kind: "demo" },
          policy: { preset: "concierge" },
        },
      ],
      limits: { userConnectionsPerMinute: 10_000 },
    });
    const line = await createWeakLine(gateway.port);
    host.write(
      `<script async src="${gateway.url}/widget/v1/loader.js" data-site="demo" data-gateway="${line.url}"></script>`,
    );
    const told = rivalsTold(first.page);
    await first.visit(host.url);
    await first.open();
    await first.say("Hi");
    await first.answered("Hello!");

    const random = seeded(seed);
    const names = Object.keys(DEEDS);
    let chat = first;
    for (let run = 1; run <= RUNS; run += 1) {
      const name = names[Math.floor(random() * names.length)] ?? "refresh";
      await test.step(`${run}: ${name}`, async () => {
        const words = `half a sentence ${run}`;
        await chat.composer.fill(words);
        chat = (await DEEDS[name]?.({ chat, context, line, told, url: host.url, pass: gateway.pass }, random)) ?? chat;
        await expect(chat.composer).toHaveValue(words);
        await chat.say(`run ${run}`);
        await chat.everythingSent();
        await expect(chat.mine).toHaveCount(run + 1);
        await expect(chat.elsewhere).toHaveCount(0);
        expect(told).toEqual([]);
      });
    }
    await expect(chat.mine).toHaveText(["Hi", ...Array.from({ length: RUNS }, (_, run) => `run ${run + 1}`)]);
    await line.remove();
    await host.remove();
    await gateway.remove();
  });
}

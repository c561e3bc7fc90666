/** How long those who lost their line were away: from the strike until they are open again and what they had written is kept. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Crowd } from "./crowd.ts";
import type { Page } from "./page.ts";

export type Returns = {
  /** Waits for those who are still away. @returns ms, of each page that had lost its line */
  all(withinMs: number): Promise<readonly number[]>;
};

const LOOK_EVERY_MS = 20;

/** From now on, which is the strike. */
export function watchReturns(crowd: Crowd): Returns {
  const struckAt = performance.now();
  const before = new Map(crowd.present.map((page) => [page, page.openSince]));
  const away = new Set<Page>();
  const returned = new Map<Page, number>();

  function look(): void {
    for (const [page, openSince] of before) {
      const isBack = page.line !== undefined && !page.screen.isAsking && !hasWordsFrom(page, struckAt);
      if (page.openSince !== openSince && !returned.has(page)) away.add(page);
      if (!away.has(page) || !isBack) continue;
      away.delete(page);
      returned.set(page, performance.now() - struckAt);
    }
  }

  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    async all(withinMs) {
      const until = performance.now() + withinMs;
      do {
        await sleep(LOOK_EVERY_MS);
      } while (away.size > 0 && performance.now() < until);
      clearInterval(timer);
      return [...returned.values(), ...[...away].map(() => performance.now() - struckAt)];
    },
  };
}

function hasWordsFrom({ outbox }: Page, before: number): boolean {
  return outbox.words.some(({ writtenAt }) => writtenAt <= before);
}

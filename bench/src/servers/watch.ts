/** Looks at a server again and again while something is done to it: its memory from outside, its connections as it tells them. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Look } from "../figures/stalledFigures.ts";
import { residentOf } from "./residentOf.ts";
import { scrape } from "./scrape.ts";
import type { ServerProcess } from "./serverProcess.ts";

export type Watched = { peakBytes: number | undefined; looks: readonly Look[] };
export type Watch = {
  /** Resolves also when the time is up. */
  untilConnections(atMost: number, withinMs: number): Promise<void>;
  stop(): Promise<Watched>;
};

const MEMORY_EVERY_MS = 100;
/** The gateway itself looks at its readers once a second. */
const LOOK_EVERY_MS = 500;

export function watch(server: ServerProcess): Watch {
  const startedAt = performance.now();
  const looks: Look[] = [];
  let peakBytes: number | undefined;
  let isOver = false;
  const timer = setInterval(() => {
    const bytes = residentOf(server.pid);
    if (bytes !== undefined) peakBytes = Math.max(peakBytes ?? 0, bytes);
  }, MEMORY_EVERY_MS);
  const looking = look();
  // Told by `stop`.
  looking.catch(() => {});

  async function look(): Promise<void> {
    while (!isOver) {
      const { connections } = await scrape(server);
      looks.push({ atMs: performance.now() - startedAt, connections });
      await sleep(LOOK_EVERY_MS);
    }
  }

  return {
    async untilConnections(atMost, withinMs) {
      const until = performance.now() + withinMs;
      while ((looks.at(-1)?.connections ?? Number.POSITIVE_INFINITY) > atMost && performance.now() < until) {
        await sleep(LOOK_EVERY_MS);
      }
    },
    async stop() {
      isOver = true;
      clearInterval(timer);
      await looking;
      return { peakBytes, looks };
    },
  };
}

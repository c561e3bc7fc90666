/**
 * Time comes in here: twice a second whatever is due takes effect and is told. There is no timer for a session; any node
 * does it, once, and one that dies half-way has done nothing.
 */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import { type Log, loggedError } from "../log.ts";
import type { ClockPolicy } from "./deadlines.ts";
import type { Moved } from "./sessionStore.ts";
import { newsOf, tellNews } from "./sessionTold.ts";

export type DeadlineStore = {
  /** Applies what is due to up to `limit` sessions, in one transaction. */
  settle(limit: number): Promise<readonly Moved[]>;
  /** What was being written when it ended. */
  open(moved: Moved): Promise<readonly Message[]>;
  /** When the next thing becomes due, milliseconds of the epoch; undefined when no clock runs. */
  next(): Promise<number | undefined>;
};

export type DeadlineParts = {
  store: DeadlineStore;
  policyOf: (site: string) => ClockPolicy;
  say(announcements: readonly Announcement[]): void;
  /** A reply that somebody else's commit ended. */
  abandon(messageId: string): void;
  log: Log;
};

export type DeadlineLoop = {
  start(): void;
  /** Everything that is due by now, also beyond one batch, has taken effect and been told. */
  settle(): Promise<void>;
  next(): Promise<number | undefined>;
  stop(): Promise<void>;
};

const EVERY_MS = 500;
const BATCH = 100;
/** Grows by this with each fault in a row, up to so long. */
const BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 10_000;

export function createDeadlineLoop({ store, policyOf, say, abandon, log }: DeadlineParts): DeadlineLoop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let faults = 0;
  let stopped = false;

  async function tell(moved: Moved): Promise<void> {
    const messages = moved.interrupted.length > 0 ? await open(moved) : [];
    for (const { id } of moved.interrupted) abandon(id);
    say(tellNews(newsOf(moved, policyOf(moved.row.site), messages), moved.now));
  }

  /** A text that cannot be read keeps no news back: who misses its rev asks for it. */
  async function open(moved: Moved): Promise<readonly Message[]> {
    try {
      return await store.open(moved);
    } catch (error) {
      log.error({ sessionId: moved.row.id, error: loggedError(error) }, "an interrupted reply could not be told");
      return [];
    }
  }

  async function settleAll(): Promise<void> {
    for (;;) {
      const due = await store.settle(BATCH);
      for (const moved of due) await tell(moved);
      if (due.length < BATCH || stopped) return;
    }
  }

  /** One after the other: what somebody else here has begun is done and told as well. */
  function settle(): Promise<void> {
    running = running.then(settleAll, settleAll);
    return running;
  }

  async function look(): Promise<void> {
    try {
      await settle();
      faults = 0;
    } catch (error) {
      faults += 1;
      log.warn({ faults, error: loggedError(error) }, "deadlines could not be looked for");
    }
    if (!stopped) plan(Math.max(EVERY_MS, Math.min(faults * BACK_OFF_MS, LONGEST_BACK_OFF_MS)));
  }

  function plan(ms: number): void {
    timer = setTimeout(() => void look(), ms);
  }

  return {
    start: () => plan(0),
    settle,
    next: () => store.next(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running.catch(() => {});
    },
  };
}

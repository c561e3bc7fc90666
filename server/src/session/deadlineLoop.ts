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

/** `messages`: what was being written when it ended. */
export type DueSession = Moved & { readonly messages: readonly Message[] };

export type DeadlineStore = {
  /** Applies what is due to up to `limit` sessions, in one transaction. */
  settle(limit: number): Promise<readonly DueSession[]>;
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
  /** Everything that is due by now, also beyond one batch. */
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

  function tell(due: DueSession): void {
    for (const message of due.messages) abandon(message.id);
    say(tellNews(newsOf(due, policyOf(due.row.site), due.messages), due.now));
  }

  async function settle(): Promise<void> {
    for (;;) {
      const due = await store.settle(BATCH);
      for (const session of due) tell(session);
      if (due.length < BATCH || stopped) return;
    }
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
    timer = setTimeout(() => {
      running = look();
    }, ms);
  }

  return {
    start: () => plan(0),
    async settle() {
      await running;
      await settle();
    },
    next: () => store.next(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

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
import { createSettling, type DeadlineStore } from "./settling.ts";

export type DeadlineParts = {
  store: DeadlineStore;
  policyOf: (site: string) => ClockPolicy;
  say(announcements: readonly Announcement[]): void;
  /** A reply that somebody else's commit ended. */
  abandon(messageId: string): void;
  /** Whoever is connected here may have missed something. */
  advise(): void;
  log: Log;
};

export type DeadlineLoop = {
  start(): void;
  /** Everything that is due by now, also beyond one batch, has taken effect and been told. */
  settle(): Promise<void>;
  /** Of all sessions but those whose deadline cannot take effect. */
  next(): Promise<number | undefined>;
  stop(): Promise<void>;
};

const EVERY_MS = 500;
/** Grows by this with each fault in a row, up to so long. */
const BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 10_000;

export function createDeadlineLoop({ store, policyOf, say, abandon, advise, log }: DeadlineParts): DeadlineLoop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let faults = 0;
  let stopped = false;

  /** What took effect is not found again: one that cannot be told keeps no other's news back. */
  async function tell(moved: Moved): Promise<void> {
    try {
      const messages = moved.interrupted.length > 0 ? await open(moved) : [];
      for (const { id } of moved.interrupted) abandon(id);
      say(tellNews(newsOf(moved, policyOf(moved.row.site), messages), moved.now));
    } catch (error) {
      log.error({ sessionId: moved.row.id, error: loggedError(error) }, "a deadline could not be told");
    }
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

  const settling = createSettling({ store, tell, advise, log });
  const settleAll = () => settling.settleAll(() => stopped);

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
    next: () => store.next(settling.setAside()),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running.catch(() => {});
    },
  };
}

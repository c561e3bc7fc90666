/**
 * Answers owed to visitors. A turn is a row that was committed with the message that opened it; whoever holds its lease
 * asks the bot, streams the reply and finishes it under the turn's fence. Generation belongs to the turn, not to a socket.
 */
import type { Announcement } from "../commands/visitor/handler.ts";
import type { SiteConfig } from "../config.ts";
import { loggedError, type Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { Refused } from "../refused.ts";
import type { Append } from "../transcript/appendQueue.ts";
import type { Reader, Transcript } from "../transcript/transcript.ts";
import { botOf } from "./bot.ts";
import { runTurn, type TurnRun } from "./runTurn.ts";
import type { ClaimedTurn, TurnStore } from "./turnStore.ts";

export type StoppedReply = Awaited<ReturnType<Transcript["change"]>>;

export type TurnControl = {
  /** What a visitor's message carries so that its commit opens a turn; nothing where no bot answers. */
  opening(site: SiteConfig, text: string): Pick<Append, "turn">;
  /** A turn was opened: look for it when its burst may be over. */
  expect(): void;
  /** Ends a streaming reply and keeps what was written. */
  stop(reader: Reader, messageId: string): Promise<StoppedReply>;
  /** The reply was ended by somebody else's commit: only stop generating. */
  abandon(messageId: string): void;
};

export type Turns = TurnControl & { start(): void; close(): Promise<void> };

export type TurnParts = {
  store: TurnStore;
  transcript: Transcript;
  sites: ReadonlyMap<string, SiteConfig>;
  say(announcements: readonly Announcement[]): void;
  live: { set(messageId: string, text: string): void; delete(messageId: string): void };
  metrics: Metrics;
  log: Log;
  /** Nobody else works on this database: turns found running were left by a killed process. */
  isAlone: boolean;
  queuePosition(sessionId: string): Promise<number>;
};

/** A burst of messages is one turn: so long after the last one, at most so long after the first. */
export const BURST = { quietMs: 800, gatherMs: 3_000 } as const;
/** Turns of other processes, and what a wake-up missed, are found this often. */
const POLL_MS = 1_000;
/** A wake-up comes a little late rather than a little early. */
const WAKE_MS = BURST.quietMs + 15;
const MOST_AT_ONCE = 500;
/** After a fault of the database. */
const BACK_OFF_MS = 500;

export function createTurns(parts: TurnParts): Turns {
  const { store, transcript, sites, log } = parts;
  const running = new Map<string, TurnRun>();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = 0;
  let closed = false;
  let looking: Promise<void> | undefined;

  function lookIn(ms: number): void {
    const at = performance.now() + ms;
    if (closed || (timer && dueAt <= at)) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => {
      timer = undefined;
      looking = look().finally(() => {
        looking = undefined;
      });
    }, ms);
  }

  async function look(): Promise<void> {
    try {
      const claimed = await store.claim(MOST_AT_ONCE - running.size);
      for (const turn of claimed) begin(turn);
      // A burst that still gathers moves its own time: look again soon while any is queued here.
      const nextMs = claimed.length > 0 ? 0 : await store.nextDueMs();
      lookIn(Math.min(Math.max(nextMs ?? POLL_MS, 10), POLL_MS));
    } catch (error) {
      log.warn({ error: loggedError(error) }, "turns could not be looked for");
      lookIn(BACK_OFF_MS);
    }
  }

  function begin(turn: ClaimedTurn): void {
    const site = sites.get(turn.site);
    const bot = site && botOf(site);
    if (closed) return;
    const run = runTurn(turn, bot, parts);
    running.set(turn.id, run);
    void run.done.finally(() => {
      running.delete(turn.id);
      // Messages that came meanwhile have a turn of their own, waiting for this one.
      lookIn(0);
    });
  }

  function runOf(messageId: string): TurnRun | undefined {
    for (const run of running.values()) if (run.replyId() === messageId) return run;
    return undefined;
  }

  return {
    start() {
      void Promise.resolve(parts.isAlone ? store.releaseAll() : undefined)
        .catch((error: unknown) => log.warn({ error: loggedError(error) }, "left turns could not be released"))
        .finally(() => lookIn(0));
    },
    opening(site, text) {
      const bot = botOf(site);
      return bot ? { turn: { ...BURST, callsBot: bot.isCalledBy(text) } } : {};
    },
    expect: () => lookIn(WAKE_MS),
    async stop(reader, messageId) {
      await runOf(messageId)?.stop();
      return transcript.change(reader, messageId, (message) => {
        if (message.author_kind !== "bot") throw new Refused("forbidden", "Only a reply can be stopped.");
        // Written by a turn of another node, or left by one that was killed: its finish will find the reply ended.
        return message.status === "streaming" ? { status: "interrupted" } : undefined;
      });
    },
    abandon: (messageId) => runOf(messageId)?.abandon(),
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
      await Promise.all([...running.values()].map((run) => run.release()));
    },
  };
}


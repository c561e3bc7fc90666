/**
 * Answers owed to visitors. A turn is a row that was committed with the message that opened it; whoever holds its lease
 * asks the bot, streams the reply and finishes it under the turn's fence. Generation belongs to the turn, not to a socket.
 */
import type { SiteConfig } from "../config/config.ts";
import { loggedError } from "../log.ts";
import { Refused } from "../refused.ts";
import type { Append } from "../transcript/appendQueue.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import type { MessageChange, Reader, Transcript } from "../transcript/transcript.ts";
import { botOf } from "./bots.ts";
import { runTurn, type TurnParts, type TurnRun } from "./runTurn.ts";
import type { ClaimedTurn } from "./turnStore.ts";
import { createWakeUp } from "./wakeUp.ts";

export type StoppedReply = Awaited<ReturnType<Transcript["change"]>>;

export type TurnControl = {
  /** What a visitor's message carries so that its commit opens a turn; nothing where no bot answers. */
  opening(site: SiteConfig, text: string): Pick<Append, "turn">;
  /** A turn was opened: look for it when its burst may be over. */
  expect(): void;
  /** Ends a streaming reply and keeps what was written. */
  stop(reader: Reader, messageId: string): Promise<StoppedReply>;
  /** Ends what streams in a session that is about to end, so that it keeps all that was written. */
  stopIn(sessionId: string): Promise<void>;
  /** The reply was ended by somebody else's commit: only stop generating. */
  abandon(messageId: string): void;
};

export type Turns = TurnControl & { start(): void; close(): Promise<void> };

/** A burst of messages is one turn: so long after the last one, at most so long after the first. */
export const BURST = { quietMs: 800, gatherMs: 3_000 } as const;
/** Turns of other processes, and what a wake-up missed, are found this often. */
const POLL_MS = 1_000;
/** Never a busy loop. */
const SOON_MS = 10;
/** A wake-up comes a little late rather than a little early. */
const WAKE_MS = BURST.quietMs + 15;
export const MOST_AT_ONCE = 500;
/** After a fault of the database. */
const BACK_OFF_MS = 500;

export function createTurns(parts: TurnParts): Turns {
  const { store, transcript, log } = parts;
  const running = new Map<string, TurnRun>();
  const wake = createWakeUp(look);

  async function look(): Promise<void> {
    // The first run to finish looks again.
    if (running.size >= MOST_AT_ONCE) return;
    try {
      const claimed = await store.claim(MOST_AT_ONCE - running.size);
      for (const turn of claimed) begin(turn);
      // A burst that still gathers moves its own time: it is asked for anew.
      const nextMs = claimed.length > 0 ? 0 : await store.nextDueMs();
      wake.in(Math.min(Math.max(nextMs ?? POLL_MS, SOON_MS), POLL_MS));
    } catch (error) {
      log.warn({ error: loggedError(error) }, "turns could not be looked for");
      wake.in(BACK_OFF_MS);
    }
  }

  function begin(turn: ClaimedTurn): void {
    const site = parts.sites.get(turn.site);
    if (turn.attempt > 1) parts.metrics.turns.inc({ outcome: "takenUp" });
    // Its lease lapsed here, and it may still be talking: nobody would find it any more to stop it.
    running.get(turn.id)?.abandon();
    const run = runTurn(turn, site && botOf(site), parts);
    running.set(turn.id, run);
    void run.done.then(() => {
      // Taken up again here meanwhile, it is another run's.
      if (running.get(turn.id) === run) running.delete(turn.id);
      // Messages that came meanwhile have a turn of their own, waiting for this one.
      wake.in(0);
    });
  }

  const runOf = (messageId: string) => [...running.values()].find((run) => run.replyId() === messageId);

  return {
    start() {
      const released = parts.isAlone ? store.releaseAll() : Promise.resolve();
      released
        .catch((error: unknown) => log.warn({ error: loggedError(error) }, "left turns could not be released"))
        .finally(() => wake.in(0));
    },
    opening(site, text) {
      const bot = botOf(site);
      return bot ? { turn: { ...BURST, callsBot: bot.isCalledBy(text) } } : {};
    },
    expect: () => wake.in(WAKE_MS),
    async stop(reader, messageId) {
      const run = runOf(messageId);
      // A stranger's id stops nothing and is answered, below, like one that nobody has.
      if (run?.userId === reader.userId) await run.stop();
      return transcript.change(reader, messageId, interrupt);
    },
    async stopIn(sessionId) {
      await [...running.values()].find((run) => run.sessionId === sessionId && run.replyId() !== undefined)?.stop();
    },
    abandon: (messageId) => runOf(messageId)?.abandon(),
    async close() {
      await wake.stop();
      await Promise.all([...running.values()].map((run) => run.release()));
    },
  };
}

/** Still streaming: written by a turn of another node, or left by one that was killed. Its finish will find it ended. */
function interrupt(message: MessageRow): MessageChange | undefined {
  if (message.author_kind !== "bot") throw new Refused("forbidden", "Only a reply can be stopped.");
  return message.status === "streaming" ? { status: "interrupted" } : undefined;
}

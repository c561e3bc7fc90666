/** One turn, from the claim to its finish: asks the bot, streams what it says, writes the end. */
import type { Session } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import type { SiteConfig } from "../config/config.ts";
import { startHeartbeat } from "../heartbeat.ts";
import { type Log, loggedError } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { isStorageDown } from "../postgres/storageDown.ts";
import { toSession } from "../session/sessionRow.ts";
import type { Moved } from "../session/sessionStore.ts";
import type { Append } from "../transcript/appendQueue.ts";
import type { LiveReplies } from "../transcript/liveReplies.ts";
import { toMessage } from "../transcript/messageRow.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { messagePlace, sealBody } from "../transcript/vault.ts";
import type { Bot, BotEvent, BotTurn } from "./bot.ts";
import { botReply } from "./botReply.ts";
import { botText } from "./botTexts.ts";
import { BotFailed, listen } from "./listen.ts";
import type { ClaimedTurn, Finish, LoadedTurn, TurnStore } from "./turnStore.ts";
import { createTurnVoice, type TurnVoice } from "./turnVoice.ts";

export type TurnParts = {
  store: TurnStore;
  transcript: Transcript;
  sites: ReadonlyMap<string, SiteConfig>;
  say(announcements: readonly Announcement[]): void;
  /** What became of the session besides: its time may have come. */
  tell(moved: Moved): void;
  live: Pick<LiveReplies, "set" | "delete">;
  metrics: Metrics;
  log: Log;
  /** Nobody else works on this database: turns found running were left by a killed process. */
  isAlone: boolean;
  queuePosition(sessionId: string): Promise<number>;
};

export type TurnRun = {
  readonly sessionId: string;
  /** Settles when nothing of it runs any more; never rejects. */
  readonly done: Promise<void>;
  readonly userId: string;
  replyId(): string | undefined;
  /** Ends the reply as it is, marked interrupted. */
  stop(): Promise<void>;
  /** Ends generating and writes nothing. */
  abandon(): void;
  /** Gives the turn back: the next process answers it anew. */
  release(): Promise<void>;
};

/** The lease is 10 s: nine renewals may fail. */
const CHECKPOINT_EVERY_MS = 1_000;
/** A client takes «typing» for over when it is not repeated. */
const TYPING_EVERY_BEATS = 4;
/** Of a whole answer, in real time: a bot that hangs must not hold its session's next turns for ever. */
export const LONGEST_ANSWER_MS = 120_000;
/** A turn that takes its process down each time must not do so for ever. */
export const MOST_ATTEMPTS = 5;

/** Why a run was ended before the bot was through. An Error: what broke it. */
type Why = "stopped" | "abandoned" | "released" | "lost" | "late" | Error;
type Draft = {
  replyId: string | undefined;
  /** Of this attempt. */
  text: string;
  options: readonly string[];
  context?: Finish["context"];
  handoff: boolean;
};

export function runTurn(turn: ClaimedTurn, bot: Bot | undefined, parts: TurnParts): TurnRun {
  const abort = new AbortController();
  const draft: Draft = { replyId: turn.replyId, text: "", options: [], handoff: false };
  const done = new Running({ turn, bot, draft, parts, abort }).all();
  const end = async (why: Why): Promise<void> => {
    abort.abort(why);
    await done;
  };
  return {
    done,
    userId: turn.userId,
    sessionId: turn.sessionId,
    replyId: () => draft.replyId,
    stop: () => end("stopped"),
    abandon: () => void end("abandoned"),
    release: () => end("released"),
  };
}

const OUTCOMES = { complete: "done", interrupted: "stopped", failed: "failed" } as const;

type Given = {
  turn: ClaimedTurn;
  bot: Bot | undefined;
  draft: Draft;
  parts: TurnParts;
  abort: AbortController;
};

class Running {
  readonly #turn: ClaimedTurn;
  readonly #bot: Bot | undefined;
  readonly #draft: Draft;
  readonly #parts: TurnParts;
  readonly #abort: AbortController;
  readonly #voice: TurnVoice;
  #beats = 0;

  constructor({ turn, bot, draft, parts, abort }: Given) {
    this.#turn = turn;
    this.#bot = bot;
    this.#draft = draft;
    this.#parts = parts;
    this.#abort = abort;
    this.#voice = createTurnVoice(turn, parts.say);
  }

  /** Catches everything: this is a loop's border, there is nobody behind it. */
  async all(): Promise<void> {
    const { store, log, metrics, live } = this.#parts;
    try {
      const loaded = await this.#load();
      const status = loaded ? await this.#answer(loaded) : "failed";
      if (status) await this.#finish(loaded, status);
      if (this.#abort.signal.reason === "released") await store.release(this.#turn);
    } catch (error) {
      // The lease ends by itself and the turn is taken up again, here or elsewhere.
      log.error(
        { turnId: this.#turn.id, sessionId: this.#turn.sessionId, error: loggedError(error) },
        "a turn broke off",
      );
      metrics.turns.inc({ outcome: "failed" });
    } finally {
      if (this.#draft.replyId !== undefined) live.delete(this.#draft.replyId, this);
    }
  }

  /** Undefined when it is not ours, or cannot be read however often it is tried: it fails, under our fence if at all. */
  async #load(): Promise<LoadedTurn | undefined> {
    try {
      return await this.#parts.store.load(this.#turn);
    } catch (error) {
      if (this.#turn.attempt <= MOST_ATTEMPTS || isStorageDown(error)) throw error;
      this.#parts.log.error({ turnId: this.#turn.id, error: loggedError(error) }, "a turn cannot be read");
      return undefined;
    }
  }

  /** @returns how it ended, or undefined when nothing is to be written by us */
  async #answer(loaded: LoadedTurn): Promise<Finish["status"] | undefined> {
    const { session, messages, reply } = loaded;
    const isStopped = reply !== undefined && reply.status !== "streaming";
    // Without a bot, or with its question deleted, nobody writes on at what an earlier attempt has begun.
    if (!this.#bot || session.state === "ended" || messages.length === 0 || isStopped) return "interrupted";
    if (this.#turn.attempt > MOST_ATTEMPTS) return "failed";
    const heart = startHeartbeat(CHECKPOINT_EVERY_MS, () => this.#checkpoint(loaded));
    const deadline = setTimeout(() => this.#end("late"), LONGEST_ANSWER_MS);
    try {
      return await this.#ask(this.#bot, loaded);
    } finally {
      clearTimeout(deadline);
      await heart.stop();
    }
  }

  async #ask(bot: Bot, loaded: LoadedTurn): Promise<Finish["status"] | undefined> {
    const { signal } = this.#abort;
    const turn = this.#turnFor(loaded);
    this.#voice.typing(true);
    try {
      for await (const event of listen(() => bot.answer(turn, signal), signal)) await this.#hear(bot, loaded, event);
    } catch (error) {
      if (!(error instanceof BotFailed)) throw error;
      if (!signal.aborted) return this.#botFailed(error.cause);
    } finally {
      this.#voice.typing(false);
    }
    return signal.aborted ? this.#endOf(signal.reason) : "complete";
  }

  #endOf(why: Why): Finish["status"] | undefined {
    if (why instanceof Error) throw why;
    if (why === "late") return this.#botFailed(new Error(`no answer in ${LONGEST_ANSWER_MS} ms`));
    return why === "stopped" ? "interrupted" : undefined;
  }

  async #hear(bot: Bot, loaded: LoadedTurn, event: BotEvent): Promise<void> {
    switch (event.kind) {
      case "text":
        return this.#write(bot, loaded, event.text);
      case "options":
        this.#draft.options = event.options;
        break;
      case "context":
        this.#draft.context = event.context;
        break;
      case "handoff":
        this.#draft.handoff = true;
        break;
    }
  }

  #botFailed(error: unknown): "failed" {
    this.#parts.log.warn({ turnId: this.#turn.id, error: loggedError(error) }, "a bot failed");
    return "failed";
  }

  #end(why: Why): void {
    this.#abort.abort(why);
  }

  #turnFor(loaded: LoadedTurn): BotTurn {
    const { session, user } = loaded;
    return {
      id: this.#turn.id,
      attempt: this.#turn.attempt,
      session: { id: session.id, context: session.context },
      user: { id: user.id, verified: user.verified, ...(user.name !== null && { name: user.name }) },
      messages: loaded.messages.map((row) => toMessage(row, user.keys)),
    };
  }

  /** The first piece makes the message; each further one is a delta. A later attempt starts the same message anew. */
  async #write(bot: Bot, loaded: LoadedTurn, piece: string): Promise<void> {
    const { live, metrics } = this.#parts;
    const offset = this.#draft.text.length;
    this.#draft.text += piece;
    if (this.#draft.replyId === undefined) return this.#begin(bot, loaded);
    live.set(this.#draft.replyId, this.#draft.text, this);
    this.#voice.delta(this.#draft.replyId, offset, piece);
    metrics.replyDeltas.inc();
  }

  async #begin(bot: Bot, loaded: LoadedTurn): Promise<void> {
    const append = botReply(this.#turn, bot, loaded, { text: this.#draft.text, status: "streaming" });
    const begun = await this.#parts.store.beginReply(this.#turn, append);
    if (!begun) return this.#end("lost");
    this.#draft.replyId = begun.reply.id;
    this.#parts.live.set(begun.reply.id, this.#draft.text, this);
    this.#voice.message(toMessage(begun.reply, loaded.user.keys));
  }

  /** Undefined while this attempt has written nothing: what an earlier one wrote stays. */
  #sealed(loaded: LoadedTurn | undefined): Buffer | undefined {
    const { replyId, text, options } = this.#draft;
    if (replyId === undefined || text === "" || !loaded) return undefined;
    const data = options.length > 0 ? { data: { options } } : {};
    return sealBody(loaded.user.keys, messagePlace(this.#turn.sessionId, replyId), { text, ...data });
  }

  async #checkpoint(loaded: LoadedTurn): Promise<void> {
    this.#beats += 1;
    if (this.#draft.text === "" && this.#beats % TYPING_EVERY_BEATS === 0) this.#voice.typing(true);
    try {
      const { replyId } = this.#draft;
      const body = this.#sealed(loaded);
      const ours = await this.#parts.store.checkpoint(this.#turn, body && replyId ? { id: replyId, body } : undefined);
      if (!ours) this.#end("lost");
    } catch (error) {
      // Away for now: the next checkpoint, or the finish, will tell.
      if (!isStorageDown(error)) this.#end(error instanceof Error ? error : new Error("a checkpoint failed"));
    }
  }

  async #finish(loaded: LoadedTurn | undefined, status: Finish["status"]): Promise<void> {
    const { options, context, handoff } = this.#draft;
    const isWhole = status === "complete";
    const finished = await this.#parts.store.finish(this.#turn, {
      status,
      body: this.#sealed(loaded),
      kind: isWhole && options.length > 0 ? "choice" : "text",
      context: isWhole ? context : undefined,
      handoff: isWhole && handoff,
      apology: status === "failed" ? this.#apology(loaded) : undefined,
    });
    if (!finished) return;
    this.#parts.tell(finished.before);
    this.#parts.tell(finished.moved);
    if (finished.isLate) return;
    this.#parts.metrics.turns.inc({ outcome: OUTCOMES[status] });
    if (finished.reply && loaded) this.#voice.message(toMessage(finished.reply, loaded.user.keys));
    if (isWhole && handoff) await this.#sayQueued(toSession(finished.moved.row));
  }

  #apology(loaded: LoadedTurn | undefined): Append | undefined {
    if (!this.#bot || !loaded) return undefined;
    const text = botText(this.#parts.sites.get(this.#turn.site), "botFailed");
    return botReply(this.#turn, this.#bot, loaded, { text, status: "failed" });
  }

  async #sayQueued(session: Session): Promise<void> {
    this.#voice.session(session);
    const position = await this.#parts.queuePosition(session.id);
    if (position > 0) this.#voice.place(position);
  }
}

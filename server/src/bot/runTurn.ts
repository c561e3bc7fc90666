/** One turn, from the claim to its finish: asks the bot, streams what it says, writes the end. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import type { SiteConfig } from "../config/config.ts";
import { type Log, loggedError } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { toSession } from "../session/sessionRow.ts";
import { toMessage } from "../transcript/messageRow.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { messagePlace, sealBody } from "../transcript/vault.ts";
import type { Bot } from "./bot.ts";
import type { ClaimedTurn, Finish, LoadedTurn, TurnStore } from "./turnStore.ts";

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

type Why = "stopped" | "abandoned" | "released" | "lost";
type Draft = {
  replyId: string | undefined;
  text: string;
  options: readonly string[];
  context?: Finish["context"];
  handoff: boolean;
};

export function runTurn(turn: ClaimedTurn, bot: Bot | undefined, parts: TurnParts): TurnRun {
  const abort = new AbortController();
  const draft: Draft = { replyId: turn.replyId, text: "", options: [], handoff: false };
  const run = new Running(turn, draft, parts, abort);
  const done = run.all(bot);
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

class Running {
  readonly #turn: ClaimedTurn;
  readonly #draft: Draft;
  readonly #parts: TurnParts;
  readonly #abort: AbortController;

  constructor(turn: ClaimedTurn, draft: Draft, parts: TurnParts, abort: AbortController) {
    this.#turn = turn;
    this.#draft = draft;
    this.#parts = parts;
    this.#abort = abort;
  }

  /** Catches everything: this is a loop's border, there is nobody behind it. */
  async all(bot: Bot | undefined): Promise<void> {
    const { store, log, metrics, live } = this.#parts;
    let renewing: NodeJS.Timeout | undefined;
    try {
      const loaded = await store.load(this.#turn);
      if (!loaded || !bot || (loaded.reply && loaded.reply.status !== "streaming")) return await this.#finishEmpty();
      renewing = setInterval(() => void this.#checkpoint(loaded), CHECKPOINT_EVERY_MS);
      const status = await this.#ask(bot, loaded);
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
      clearInterval(renewing);
      if (this.#draft.replyId !== undefined) live.delete(this.#draft.replyId);
    }
  }

  /** @returns how it ended, or undefined when nothing is to be written by us */
  async #ask(bot: Bot, loaded: LoadedTurn): Promise<Finish["status"] | undefined> {
    const { signal } = this.#abort;
    this.#say({
      event: "typing",
      payload: { sessionId: this.#turn.sessionId, author: { kind: "bot", id: "bot" }, typing: true },
    });
    try {
      for await (const event of bot.answer(this.#turnFor(loaded), signal)) {
        if (signal.aborted) break;
        switch (event.kind) {
          case "text":
            await this.#write(bot, loaded, event.text);
            break;
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
    } catch (error) {
      if (!signal.aborted) return this.#botFailed(error);
    }
    if (!signal.aborted) return "complete";
    return signal.reason === "stopped" ? "interrupted" : undefined;
  }

  #botFailed(error: unknown): "failed" {
    const { turnId, error: what } = { turnId: this.#turn.id, error: loggedError(error) };
    this.#parts.log.warn({ turnId, error: what }, "a bot failed");
    return "failed";
  }

  #turnFor(loaded: LoadedTurn) {
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
    live.set(this.#draft.replyId, this.#draft.text);
    const { attempt } = this.#turn;
    this.#say({ event: "reply:delta", payload: { messageId: this.#draft.replyId, attempt, offset, text: piece } });
    metrics.replyDeltas.inc();
  }

  async #begin(bot: Bot, { user }: LoadedTurn): Promise<void> {
    const begun = await this.#parts.store.beginReply(this.#turn, {
      userId: user.id,
      site: this.#turn.site,
      keys: user.keys,
      epoch: null,
      sender: "bot",
      author: { kind: "bot", id: "bot", name: bot.name },
      kind: "text",
      body: { text: this.#draft.text },
      status: "streaming",
      session: { id: this.#turn.sessionId, named: true },
    });
    if (!begun) return this.#abort.abort("lost");
    this.#draft.replyId = begun.reply.id;
    this.#parts.live.set(begun.reply.id, this.#draft.text);
    this.#sayMessage(toMessage(begun.reply, user.keys));
  }

  #sealed({ user }: LoadedTurn): Buffer | undefined {
    const { replyId, text, options } = this.#draft;
    if (replyId === undefined) return undefined;
    const data = options.length > 0 ? { data: { options } } : {};
    return sealBody(user.keys, messagePlace(this.#turn.sessionId, replyId), { text, ...data });
  }

  async #checkpoint(loaded: LoadedTurn): Promise<void> {
    const body = this.#sealed(loaded);
    const { replyId } = this.#draft;
    try {
      const ours = await this.#parts.store.checkpoint(this.#turn, body && replyId ? { id: replyId, body } : undefined);
      if (!ours) this.#abort.abort("lost");
    } catch {
      // The database is away: the next checkpoint, or the finish, will tell.
    }
  }

  async #finish(loaded: LoadedTurn, status: Finish["status"]): Promise<void> {
    const { options, context, handoff } = this.#draft;
    const kind = options.length > 0 && status === "complete" ? "choice" : "text";
    const whole = status === "complete" ? { context, handoff } : { context: undefined, handoff: false };
    const finished = await this.#parts.store.finish(this.#turn, { status, body: this.#sealed(loaded), kind, ...whole });
    if (!finished) return;
    this.#parts.metrics.turns.inc({
      outcome: status === "complete" ? "done" : status === "interrupted" ? "stopped" : "failed",
    });
    if (finished.reply) this.#sayMessage(toMessage(finished.reply, loaded.user.keys));
    if (!handoff || status !== "complete") return;
    const session = toSession(finished.session);
    this.#say({ event: "session:updated", payload: { session, rev: session.rev } });
    const position = await this.#parts.queuePosition(session.id);
    if (position > 0) this.#say({ event: "queue:position", payload: { sessionId: session.id, position } });
  }

  /** Nothing to answer: the session ended, the site has no bot any more, or the reply was stopped in a crash. */
  async #finishEmpty(): Promise<void> {
    await this.#parts.store.finish(this.#turn, {
      status: "complete",
      body: undefined,
      kind: "text",
      context: undefined,
      handoff: false,
    });
  }

  #sayMessage(message: Message): void {
    this.#say({ event: "message", payload: { message, rev: message.rev } });
  }

  #say(told: Omit<Announcement, "userId">): void {
    this.#parts.say([{ ...told, userId: this.#turn.userId } as Announcement]);
  }
}

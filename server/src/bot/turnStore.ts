/** What turns need from the database. */
import type { SessionRow } from "../session/sessionRow.ts";
import type { Moved } from "../session/sessionStore.ts";
import type { Append } from "../transcript/appendQueue.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import type { Keyring } from "../transcript/vault.ts";

/** A turn under this process's lease. `attempt` is the fence: a later one makes this one's finish void. */
export type ClaimedTurn = {
  id: string;
  sessionId: string;
  userId: string;
  site: string;
  attempt: number;
  /** The reply that an earlier attempt has begun. */
  replyId: string | undefined;
};

export type LoadedTurn = {
  session: SessionRow;
  user: { id: string; name: string | null; verified: boolean; keys: Keyring };
  /** The visitor's messages that this turn answers; none when they were deleted. */
  messages: MessageRow[];
  reply: MessageRow | undefined;
};

export type Finish = {
  status: "complete" | "interrupted" | "failed";
  /** The reply's sealed body. Undefined when this attempt has written nothing: then text and kind stay as they are. */
  body: Buffer | undefined;
  kind: "text" | "choice";
  context: Readonly<Record<string, unknown>> | undefined;
  handoff: boolean;
  /** Appended as the reply where none was begun. */
  apology: Append | undefined;
};

/** `before`: what had become due; `moved`: what the finish did. */
export type Finished = {
  before: Moved;
  moved: Moved;
  reply: MessageRow | undefined;
  /** Its reply was stopped, or the session has ended: nothing but the turn's own end was written. */
  isLate: boolean;
};

export type TurnStore = {
  /** Takes the lease of turns that are due, and of those whose lease has ended. */
  claim(limit: number): Promise<ClaimedTurn[]>;
  /** Milliseconds until the next queued turn is due, undefined when none is queued. */
  nextDueMs(): Promise<number | undefined>;
  /** Settles once and for all which messages the turn answers. Undefined when the turn is not ours any more. */
  load(turn: ClaimedTurn): Promise<LoadedTurn | undefined>;
  /** Appends the reply with its first piece, streaming. Undefined when the turn is not ours any more. */
  beginReply(turn: ClaimedTurn, append: Append): Promise<{ session: SessionRow; reply: MessageRow } | undefined>;
  /** Renews the lease and writes what there is so far; false when the turn is not ours any more. */
  checkpoint(turn: ClaimedTurn, reply: { id: string; body: Buffer } | undefined): Promise<boolean>;
  /**
   * Ends the turn and its reply. Undefined when the turn is not ours any more, or the session is about to end and takes
   * the turn with it: then nothing was written.
   */
  finish(turn: ClaimedTurn, finish: Finish): Promise<Finished | undefined>;
  /** Ends the lease now: another process may take the turn up at once. */
  release(turn: ClaimedTurn): Promise<void>;
  releaseAll(): Promise<void>;
};

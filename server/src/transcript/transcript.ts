/** What has been said: appending, changing, reading. Called by the commands and by the turns. */
import { LIMITS } from "@baton/shared/limits";
import type { Message, Session } from "@baton/shared/visitor/shapes";
import { notFound } from "../refused.ts";
import { type SessionRow, toSession } from "../session/sessionRow.ts";
import type { Moved } from "../session/sessionStore.ts";
import type { AppendQueue } from "./appendQueue.ts";
import type { LiveReplies } from "./liveReplies.ts";
import { type MessageRow, toMessage } from "./messageRow.ts";
import { canReplay, fitsAnswer, newestThatFit } from "./sync.ts";
import type { Keyring } from "./vault.ts";

/** A session with some of its messages, from one statement: the rev and the messages belong together. */
export type SessionPart = { session: SessionRow; messages: MessageRow[] };

/** Columns to write. A body of null empties the message; revisions of it are emptied too. */
export type MessageChange = {
  body?: Buffer | null;
  status?: Message["status"];
  kind?: Message["kind"];
  edited?: true;
  deleted?: true;
  feedback?: { value: "up" | "down" | null; comment: Buffer | null };
};

/** Looks at what is there and says what to write; undefined leaves all as it is and takes no rev. May throw a refusal. */
export type Decide = (message: MessageRow, session: SessionRow) => MessageChange | undefined;

/** `moved`: what became of the session before, by what was due; `touched`: after, by the change itself. */
export type ChangedRow = {
  message: MessageRow;
  session: SessionRow;
  moved: Moved;
  touched: Moved | undefined;
  changed: boolean;
};

/** `epoch`: the writer's, held against the user's row: its session may have ended. What is decided by the session's needs none. */
export type ChangeOf = { userId: string; messageId: string; epoch?: number | undefined };

export type TranscriptStore = {
  readChanges(of: { userId: string; sessionId: string; rev: number; limit: number }): Promise<SessionPart | undefined>;
  /** The last messages before `beforeSeq`, or of all. */
  readPage(of: {
    userId: string;
    sessionId: string;
    beforeSeq: number | undefined;
    limit: number;
  }): Promise<SessionPart | undefined>;
  findByClientId(userId: string, clientId: string): Promise<MessageRow | undefined>;
  change(of: ChangeOf, decide: Decide): Promise<ChangedRow>;
};

/** Whose messages, and the keys that open them. */
export type Reader = { userId: string; keys: Keyring };

/** What a client that knows a rev is told. */
export type Catchup = { session: Session; messages: readonly Message[]; rev: number; reset: boolean; hasMore: boolean };

export type Transcript = ReturnType<typeof createTranscript>;

export function createTranscript(parts: { store: TranscriptStore; queue: AppendQueue; replies: LiveReplies }) {
  const { store, queue, replies } = parts;
  const open = (reader: Reader, rows: readonly MessageRow[]): Message[] =>
    rows.map((row) => toMessage(row, reader.keys, replies.textOf(row.id)));

  /** The newest messages of a session, as many as an answer holds. */
  async function last(reader: Reader, sessionId: string): Promise<Catchup> {
    const part = await store.readPage({
      userId: reader.userId,
      sessionId,
      beforeSeq: undefined,
      limit: LIMITS.snapshotMessages,
    });
    if (!part) throw notFound("session");
    const messages = newestThatFit(open(reader, part.messages));
    const hasMore = (messages[0]?.seq ?? 1) > 1;
    return { session: toSession(part.session), messages, rev: part.session.rev, reset: true, hasMore };
  }

  return {
    append: queue.append,
    last,

    /** The changes after `rev`; the newest messages instead where those cannot be told. */
    async since(reader: Reader, sessionId: string, rev: number): Promise<Catchup> {
      const part = await store.readChanges({ userId: reader.userId, sessionId, rev, limit: LIMITS.changes + 1 });
      if (!part) throw notFound("session");
      if (!canReplay(rev, part.session.rev) || part.messages.length > LIMITS.changes) return last(reader, sessionId);
      const messages = open(reader, part.messages);
      if (!fitsAnswer(messages)) return last(reader, sessionId);
      return { session: toSession(part.session), messages, rev: part.session.rev, reset: false, hasMore: false };
    },

    async page(reader: Reader, of: { sessionId: string; beforeSeq: number | undefined; limit: number }) {
      const part = await store.readPage({ userId: reader.userId, ...of });
      if (!part) throw notFound("session");
      const messages = newestThatFit(open(reader, part.messages));
      return { messages: [...messages], hasMore: (messages[0]?.seq ?? 1) > 1 };
    },

    /** The message that this key already is. Waits its turn: the first sending may still be on its way. */
    known(reader: Reader, clientId: string): Promise<Message | undefined> {
      return queue.alone(reader.userId, async () => {
        const row = await store.findByClientId(reader.userId, clientId);
        return row && open(reader, [row])[0];
      });
    },

    /** In order with everything else this user does. */
    change(reader: Reader, messageId: string, decide: Decide, epoch?: number) {
      return queue.alone(reader.userId, async () => {
        const row = await store.change({ userId: reader.userId, messageId, epoch }, decide);
        const message = toMessage(row.message, reader.keys, replies.textOf(messageId));
        const { changed, moved, touched } = row;
        return { message, rev: message.rev, changed, session: toSession(row.session), moved, touched };
      });
    },

    open,
  };
}

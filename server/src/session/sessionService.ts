/** Opening, ending, rating and marking sessions: loads, decides, writes. Called by the commands. */
import type { Draft, Receipt, Resumption, Session, SessionSummary } from "@baton/shared/visitor/shapes";
import type { SitePolicy } from "../config.ts";
import { notFound, Refused } from "../refused.ts";
import type { AppendQueue } from "../transcript/appendQueue.ts";
import { bytesOf, isoTime, type MessageRow } from "../transcript/messageRow.ts";
import type { Catchup, Reader, Transcript } from "../transcript/transcript.ts";
import { openText, sealText } from "../transcript/vault.ts";
import { decideResumption } from "./resumption.ts";
import { NO_DEADLINES, type SessionRow, toSession } from "./sessionRow.ts";
import type { SnapshotCache } from "./snapshotCache.ts";

/** Everything about a user that a Snapshot is made of, but the messages; from one statement. */
export type Standing = {
  current: SessionRow | null;
  /** The last one that ended. */
  previous: SessionRow | null;
  receipts: Receipt[];
  draft: { device_id: string; body: string; at: string } | null;
  now: Date;
};

export type SummaryRow = { session: SessionRow; message_count: number; last_message: MessageRow | null };

export type SessionStore = {
  readStanding(userId: string): Promise<Standing>;
  readReceipts(sessionId: string): Promise<Receipt[]>;
  list(of: { userId: string; before: string | undefined; limit: number }): Promise<SummaryRow[]>;
  exists(userId: string, sessionId: string): Promise<boolean>;
  /** Ends the current session. `expected` decides, under the lock, whether it is the one that was meant. */
  close(userId: string, expected: (current: SessionRow | undefined) => SessionRow): Promise<{ session: SessionRow; interrupted: MessageRow[] }>;
  rate(of: { userId: string; sessionId: string; score: number; comment: Buffer | null }): Promise<boolean>;
  markRead(of: { userId: string; sessionId: string; seq: number }): Promise<{ read: number; moved: boolean } | undefined>;
  saveDraft(userId: string, deviceId: string, sealed: Buffer): Promise<void>;
  clearDraft(userId: string): Promise<void>;
  queuePosition(sessionId: string): Promise<number>;
};

/** The visible state of a user, as a Snapshot tells it. */
export type Visible = Omit<Catchup, "session"> & {
  session: Session | null;
  resumption: Resumption;
  receipts: Receipt[];
  draft?: Draft;
  serverTime: string;
};

export type Sessions = ReturnType<typeof createSessions>;

const NOTHING_SAID = { session: null, messages: [], rev: 0, reset: true, hasMore: false } as const;

export function createSessions(parts: {
  store: SessionStore;
  transcript: Transcript;
  queue: AppendQueue;
  cache: SnapshotCache;
}) {
  const { store, transcript, queue, cache } = parts;

  async function messagesOf(reader: Reader, current: SessionRow, knownRev: number | undefined): Promise<Catchup> {
    if (knownRev !== undefined) return transcript.since(reader, current.id, knownRev);
    const cached = await cache.read(reader.keys, current.id, current.rev);
    if (cached) return { ...cached, session: toSession(current), reset: true };
    const last = await transcript.last(reader, current.id);
    // What still streams grows without a rev: a cached copy of it would be told as if it were the end.
    if (!last.messages.some((message) => message.status === "streaming")) {
      const { rev, messages, hasMore } = last;
      await cache.write(reader.keys, current.id, { rev, messages, hasMore });
    }
    return last;
  }

  return {
    /** @param resume what the client holds; of another session, or none, everything is told anew */
    async look(
      reader: Reader,
      policy: SitePolicy,
      resume: { sessionId: string; rev: number } | undefined,
    ): Promise<Visible> {
      const standing = await store.readStanding(reader.userId);
      const { current, previous, receipts, draft } = standing;
      const knownRev = current && resume?.sessionId === current.id ? resume.rev : undefined;
      const said = current ? await messagesOf(reader, current, knownRev) : NOTHING_SAID;
      return {
        ...said,
        resumption: decideResumption({ current, previous, now: standing.now.getTime(), policy }),
        receipts,
        ...(draft && { draft: openDraft(reader, draft) }),
        serverTime: standing.now.toISOString(),
      };
    },

    receipts: (sessionId: string) => store.readReceipts(sessionId),

    async list(reader: Reader, of: { before: string | undefined; limit: number }) {
      if (of.before !== undefined && !(await store.exists(reader.userId, of.before))) throw notFound("session");
      const rows = await store.list({ userId: reader.userId, before: of.before, limit: of.limit + 1 });
      const sessions = rows.slice(0, of.limit).map((row) => toSummary(row, reader, transcript));
      return { sessions, hasMore: rows.length > of.limit };
    },

    /** @param sessionId the one the client believes to be current, if it says so */
    close(reader: Reader, sessionId: string | undefined) {
      return queue.alone(reader.userId, async () => {
        const ended = await store.close(reader.userId, (current) => meant(current, sessionId));
        return { session: toSession(ended.session), interrupted: transcript.open(reader, ended.interrupted) };
      });
    },

    async rate(reader: Reader, of: { sessionId: string; score: number; comment: string | undefined }): Promise<void> {
      const comment = of.comment === undefined ? null : sealText(reader.keys, `rating ${of.sessionId}`, of.comment);
      if (!(await store.rate({ userId: reader.userId, ...of, comment }))) throw notFound("session");
    },

    async markRead(reader: Reader, sessionId: string, seq: number) {
      const mark = await store.markRead({ userId: reader.userId, sessionId, seq });
      if (!mark) throw notFound("session");
      return mark;
    },

    /** In order with sending, which clears it: a draft that was on its way must not come back after. */
    setDraft(reader: Reader, deviceId: string, text: string): Promise<void> {
      return queue.alone(reader.userId, () =>
        text === ""
          ? store.clearDraft(reader.userId)
          : store.saveDraft(reader.userId, deviceId, sealText(reader.keys, "draft", text)),
      );
    },

    /** No clock runs yet. */
    deadlines: () => NO_DEADLINES,

    queuePosition: (sessionId: string) => store.queuePosition(sessionId),
  };
}

/** Which session a close means; a mismatch must not end today what was meant yesterday. */
function meant(current: SessionRow | undefined, sessionId: string | undefined): SessionRow {
  if (!current) throw new Refused("no_session", "Nothing is open or idle.");
  if (sessionId !== undefined && sessionId !== current.id) {
    throw new Refused("conflict", "Another session is current: look at it and decide again.", {
      details: { sessionId: current.id },
    });
  }
  return current;
}

function openDraft(reader: Reader, draft: NonNullable<Standing["draft"]>): Draft {
  const text = openText(reader.keys, "draft", bytesOf(draft.body));
  return { text, deviceId: draft.device_id, at: isoTime(draft.at) };
}

function toSummary(row: SummaryRow, reader: Reader, transcript: Transcript): SessionSummary {
  const [last] = row.last_message ? transcript.open(reader, [row.last_message]) : [];
  return {
    ...toSession(row.session),
    messageCount: row.message_count,
    ...(last && { lastMessage: { text: last.text, author: last.author, createdAt: last.createdAt } }),
  };
}

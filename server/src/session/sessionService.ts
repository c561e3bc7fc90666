/** Opening, ending, rating and marking sessions: loads, decides, writes. Called by the commands. */
import type {
  Deadlines,
  Draft,
  Message,
  Receipt,
  Resumption,
  Session,
  SessionSummary,
} from "@baton/shared/visitor/shapes";
import type { SitePolicy } from "../config/config.ts";
import { notFound, Refused } from "../refused.ts";
import type { AppendQueue } from "../transcript/appendQueue.ts";
import { bytesOf, isoTime } from "../transcript/messageRow.ts";
import { firstThatFit } from "../transcript/sync.ts";
import type { Catchup, Reader, Transcript } from "../transcript/transcript.ts";
import { openText, sealText } from "../transcript/vault.ts";
import { type Found, resumptionOf } from "./resumptionRows.ts";
import { NO_DEADLINES, type SessionRow, toSession } from "./sessionRow.ts";
import type { SessionStore, Standing, SummaryRow } from "./sessionStore.ts";
import type { SnapshotCache } from "./snapshotCache.ts";

/** The visible state of a user, as a Snapshot tells it. */
export type Visible = Omit<Catchup, "session"> & {
  session: Session | null;
  resumption: Resumption;
  receipts: Receipt[];
  draft?: Draft;
  serverTime: string;
};

/** Who looks, and the words of the site where they look. */
type Returning = Reader & Pick<Found, "user"> & { site: { texts: Readonly<Record<string, string>> } };

/** What a client says it holds. */
export type Held = { sessionId: string; rev: number };

export type SessionParts = { store: SessionStore; transcript: Transcript; queue: AppendQueue; cache: SnapshotCache };

const NOTHING_SAID = { session: null, messages: [], rev: 0, reset: true, hasMore: false } as const;

export class Sessions {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** @param held of another session, or nothing: everything is told anew */
  async look(reader: Returning, policy: SitePolicy, held: Held | undefined): Promise<Visible> {
    const standing = await this.#parts.store.readStanding(reader.userId);
    const { current, previous, receipts, draft, now } = standing;
    const knownRev = current && held?.sessionId === current.id ? held.rev : undefined;
    const said = current ? await this.#said(reader, current, knownRev) : NOTHING_SAID;
    return {
      ...said,
      resumption: resumptionOf({
        current,
        previous,
        now: now.getTime(),
        policy,
        user: reader.user,
        texts: reader.site.texts,
      }),
      receipts,
      ...(draft && { draft: openDraft(reader, draft) }),
      serverTime: now.toISOString(),
    };
  }

  async #said(reader: Reader, current: SessionRow, knownRev: number | undefined): Promise<Catchup> {
    const { transcript, cache } = this.#parts;
    if (knownRev !== undefined) return transcript.since(reader, current.id, knownRev);
    const cached = await cache.read(reader.keys, current.id, current.rev);
    if (cached) return { ...cached, session: toSession(current), reset: true };
    const last = await transcript.last(reader, current.id);
    // What still streams grows without a rev: a cached copy of it would be told as if it were the end.
    if (last.messages.every((message) => message.status !== "streaming")) {
      const { rev, messages, hasMore } = last;
      await cache.write(reader.keys, current.id, { rev, messages, hasMore });
    }
    return last;
  }

  receipts(sessionId: string): Promise<Receipt[]> {
    return this.#parts.store.readReceipts(sessionId);
  }

  async list(reader: Reader, of: { before: string | undefined; limit: number }) {
    const { store, transcript } = this.#parts;
    if (of.before !== undefined && !(await store.exists(reader.userId, of.before))) throw notFound("session");
    const rows = await store.list({ userId: reader.userId, before: of.before, limit: of.limit + 1 });
    const asked = rows.slice(0, of.limit).map((row) => toSummary(row, transcript.open(reader, lastOf(row))[0]));
    const sessions = firstThatFit(asked);
    return { sessions, hasMore: rows.length > sessions.length };
  }

  /** @param sessionId the one the client believes to be current, if it says so */
  close(reader: Reader, sessionId: string | undefined): Promise<{ session: Session; interrupted: Message[] }> {
    const { store, transcript, queue } = this.#parts;
    return queue.alone(reader.userId, async () => {
      const ended = await store.close(reader.userId, (current) => meant(current, sessionId));
      return { session: toSession(ended.session), interrupted: transcript.open(reader, ended.interrupted) };
    });
  }

  async rate(reader: Reader, of: { sessionId: string; score: number; comment: string | undefined }): Promise<void> {
    const comment = of.comment === undefined ? null : sealText(reader.keys, `rating ${of.sessionId}`, of.comment);
    const rated = await this.#parts.store.rate({ ...of, userId: reader.userId, comment });
    if (!rated) throw notFound("session");
  }

  async markRead(reader: Reader, sessionId: string, seq: number): Promise<{ read: number; moved: boolean }> {
    const mark = await this.#parts.store.markRead({ userId: reader.userId, sessionId, seq });
    if (!mark) throw notFound("session");
    return mark;
  }

  /** In order with sending, which clears it: a draft that was on its way must not come back after. */
  setDraft(reader: Reader, deviceId: string, text: string): Promise<void> {
    const { store, queue } = this.#parts;
    return queue.alone(reader.userId, () =>
      text === ""
        ? store.clearDraft(reader.userId)
        : store.saveDraft(reader.userId, deviceId, sealText(reader.keys, "draft", text)),
    );
  }

  /** No clock runs yet. */
  deadlines(): Deadlines {
    return NO_DEADLINES;
  }

  queuePosition(sessionId: string): Promise<number> {
    return this.#parts.store.queuePosition(sessionId);
  }
}

/** Which session a close means; a mismatch must not end today what was meant yesterday. */
function meant(current: SessionRow | undefined, sessionId: string | undefined): SessionRow {
  if (!current) throw new Refused("no_session", "Nothing is open or idle.");
  if (sessionId === undefined || sessionId === current.id) return current;
  throw new Refused("conflict", "Another session is current: look at it and decide again.", {
    details: { sessionId: current.id },
  });
}

function openDraft(reader: Reader, draft: NonNullable<Standing["draft"]>): Draft {
  const text = openText(reader.keys, "draft", bytesOf(draft.body));
  return { text, deviceId: draft.device_id, at: isoTime(draft.at) };
}

function lastOf(row: SummaryRow) {
  return row.last_message ? [row.last_message] : [];
}

function toSummary(row: SummaryRow, last: Message | undefined): SessionSummary {
  const said = last && { text: last.text, author: last.author, createdAt: last.createdAt };
  return { ...toSession(row.session), messageCount: row.message_count, ...(said && { lastMessage: said }) };
}

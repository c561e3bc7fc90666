/** Opening, moving, ending, rating and marking sessions: loads, decides, writes. Called by the commands. */
import type { Deadlines, Draft, Receipt, Resumption, Session } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import type { SiteConfig } from "../config/config.ts";
import { notFound, Refused } from "../refused.ts";
import type { AppendQueue } from "../transcript/appendQueue.ts";
import { bytesOf, isoTime } from "../transcript/messageRow.ts";
import type { Catchup, Reader, Transcript } from "../transcript/transcript.ts";
import { openText, sealText } from "../transcript/vault.ts";
import { deadlinesOf, NO_DEADLINES } from "./deadlines.ts";
import type { ResumptionInput } from "./resumptionInput.ts";
import { resumptionOf } from "./resumptionRows.ts";
import { type SessionRow, toSession, toState } from "./sessionRow.ts";
import type { SessionEvent } from "./sessionState.ts";
import type { DecideMove, DraftRow, Moved, SessionStore, Standing } from "./sessionStore.ts";
import { newsOf, tellNews } from "./sessionTold.ts";
import type { SnapshotCache } from "./snapshotCache.ts";

/** The visible state of a user, as a Snapshot tells it. */
export type Visible = Omit<Catchup, "session"> & {
  session: Session | null;
  resumption: Resumption;
  receipts: Receipt[];
  draft?: Draft;
  deadlines: Deadlines;
  serverTime: string;
};

/** What a client says it holds. */
export type Known = { sessionId: string; rev: number };

export type Look = {
  /** Of another session, or nothing: everything is told anew. */
  readonly known?: Known | undefined;
  /** What the person said, if anything. */
  readonly trigger?: ResumptionInput["trigger"];
  /** The current session began by this very look: what is come back to is the one before. */
  readonly begun?: boolean;
  /** Hears at once what became due by their looking, whatever becomes of the look. */
  tell(news: readonly Announcement[]): void;
};

/** Whose device asks, and what its connection was granted. */
export type Writer = Reader & {
  readonly site: Pick<SiteConfig, "id" | "policy" | "texts">;
  readonly user: { readonly kind: "visitor" | "identified"; readonly name?: string };
  readonly device: { readonly id: string };
  readonly epoch: number;
};

/** What became of the session, and what people are told of it. */
export type MovedSession = { session: Session; deadlines: Deadlines; announce: Announcement[] };

export type SessionParts = {
  store: SessionStore;
  transcript: Transcript;
  queue: AppendQueue;
  cache: SnapshotCache;
  /** The reply was ended by a session's end: only stop generating. */
  abandon(messageId: string): void;
};

const NOTHING_SAID = { session: null, messages: [], rev: 0, reset: true, hasMore: false } as const;

export class Sessions {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** What somebody finds. */
  async look(writer: Writer, { known, trigger, begun = false, tell }: Look): Promise<Visible> {
    const standing = await this.#stand(writer, tell);
    const { current, previous, receipts, draft } = standing;
    const now = standing.now.getTime();
    const knownRev = current && known?.sessionId === current.id ? known.rev : undefined;
    const said = current ? await this.#said(writer, current, knownRev) : NOTHING_SAID;
    const { policy, texts } = writer.site;
    return {
      ...said,
      resumption: resumptionOf({
        current: begun ? null : current,
        previous,
        now,
        policy,
        texts,
        user: writer.user,
        ...(trigger && { trigger }),
      }),
      receipts,
      deadlines: current ? deadlinesOf(toState(current), policy) : NO_DEADLINES,
      ...(draft && { draft: openDraft(writer, draft) }),
      serverTime: standing.now.toISOString(),
    };
  }

  /** What has become due takes effect before anybody is shown it, whether or not the loop came by. */
  async #stand(writer: Writer, tell: Look["tell"]): Promise<Standing> {
    const { store } = this.#parts;
    const standing = await store.readStanding(writer.userId);
    const dueAt = standing.current?.next_deadline_at;
    if (!standing.current || !dueAt || Date.parse(dueAt) > standing.now.getTime()) return standing;
    const moved = await store.settleDue(standing.current.id, writer.site.policy);
    if (moved) tell(this.tell(writer, moved));
    return store.readStanding(writer.userId);
  }

  async #said(reader: Reader, current: SessionRow, knownRev: number | undefined): Promise<Catchup> {
    const { transcript, cache } = this.#parts;
    if (knownRev !== undefined) return transcript.since(reader, current.id, knownRev);
    const cached = await cache.read(reader, current);
    if (cached) return { ...cached, session: toSession(current), reset: true };
    const last = await transcript.last(reader, current.id);
    // What still streams grows without a rev: a cached copy of it would be told as if it were the end.
    if (last.messages.every((message) => message.status !== "streaming")) {
      const { rev, messages, hasMore } = last;
      void cache.write(reader, current.id, { rev, messages, hasMore });
    }
    return last;
  }

  /** What takes no rev and comes whole with each sync. */
  async margins(
    { site }: Pick<Writer, "site">,
    sessionId: string,
  ): Promise<{ receipts: Receipt[]; deadlines: Deadlines }> {
    const margins = await this.#parts.store.readMargins(sessionId);
    if (!margins) throw notFound("session");
    return { receipts: margins.receipts, deadlines: deadlinesOf(toState(margins.session), site.policy) };
  }

  /** «Continue». */
  async resume(writer: Writer, sessionId: string): Promise<MovedSession> {
    if ((await this.#parts.store.stateOf(writer.userId, sessionId)) === undefined) throw notFound("session");
    const moved = await this.#move(writer, (current) => {
      if (current?.id !== sessionId) throw hasEnded();
      return { kind: "stayed" };
    });
    if (!moved) throw hasEnded();
    return this.#told(writer, moved);
  }

  /** «I'm still here.» */
  async keepAlive(writer: Writer): Promise<MovedSession> {
    const moved = await this.#move(writer, (current) => {
      if (!current) throw nothingGoesOn();
      return { kind: "stayed" };
    });
    if (!moved) throw nothingGoesOn();
    return this.#told(writer, moved);
  }

  /** @param sessionId the one the client believes to be current, if it says so */
  async close(writer: Writer, sessionId: string | undefined): Promise<MovedSession> {
    const moved = await this.#move(writer, (current) => {
      if (!current) throw nothingGoesOn();
      return end(current, sessionId, "visitor");
    });
    if (!moved) throw nothingGoesOn();
    return this.#told(writer, moved);
  }

  /** «Start new»: what goes on is put aside; the next message begins something else. */
  async start(writer: Writer, sessionId: string | undefined): Promise<MovedSession | undefined> {
    const moved = await this.#move(writer, (current) => end(current, sessionId, "superseded"));
    return moved && this.#told(writer, moved);
  }

  /** Where a site's sessions begin with the opened panel. */
  async begin(writer: Writer, mode: Session["mode"]): Promise<{ begun: boolean; announce: Announcement[] }> {
    const { store, queue } = this.#parts;
    const { userId, site } = writer;
    const { before, row } = await queue.alone(userId, () => store.begin({ ...mover(writer), site: site.id, mode }));
    const announce = before ? this.tell(writer, before) : [];
    if (row) announce.push({ userId, event: "session:updated", payload: { session: toSession(row), rev: row.rev } });
    return { begun: row !== undefined, announce };
  }

  /** Typing: somebody is there. */
  async touch(writer: Writer): Promise<Announcement[]> {
    const moved = await this.#parts.store.touch(mover(writer));
    return moved ? this.tell(writer, moved) : [];
  }

  #move(writer: Writer, decide: DecideMove): Promise<Moved | undefined> {
    return this.#parts.queue.alone(writer.userId, () => this.#parts.store.move(mover(writer), decide));
  }

  #told(writer: Writer, moved: Moved): MovedSession {
    return {
      session: toSession(moved.row),
      deadlines: deadlinesOf(toState(moved.row), writer.site.policy),
      announce: this.tell(writer, moved),
    };
  }

  /** What people are told of a session that moved on. */
  tell(writer: Reader & Pick<Writer, "site">, moved: Moved): Announcement[] {
    const cut = this.#parts.transcript.open(writer, moved.interrupted);
    for (const { id } of cut) this.#parts.abandon(id);
    return tellNews(newsOf(moved, writer.site.policy, cut), moved.now);
  }

  async rate(writer: Writer, of: { sessionId: string; score: number; comment: string | undefined }): Promise<void> {
    const comment = of.comment === undefined ? null : sealText(writer.keys, `rating ${of.sessionId}`, of.comment);
    const { userId, epoch } = writer;
    const rated = await this.#parts.store.rate({ ...of, userId, epoch, comment });
    if (!rated) throw notFound("session");
  }

  async markRead(reader: Reader, sessionId: string, seq: number): Promise<{ read: number; moved: boolean }> {
    const mark = await this.#parts.store.markRead({ userId: reader.userId, sessionId, seq });
    if (!mark) throw notFound("session");
    return mark;
  }

  /** In order with sending, which clears it: a draft that was on its way must not come back after. */
  async setDraft(writer: Writer, text: string): Promise<Announcement[]> {
    const { store, queue } = this.#parts;
    const { userId, epoch, device } = writer;
    const sealed = text === "" ? null : sealText(writer.keys, "draft", text);
    await queue.alone(userId, () => store.saveDraft({ userId, epoch, deviceId: device.id, sealed }));
    return this.touch(writer);
  }

  /** The unsent text, carried over at a takeover. */
  async draftOf(reader: Reader): Promise<Draft | undefined> {
    const row = await this.#parts.store.readDraft(reader.userId);
    return row && openDraft(reader, row);
  }

  queuePosition(sessionId: string): Promise<number> {
    return this.#parts.store.queuePosition(sessionId);
  }
}

function mover({ userId, epoch, site }: Writer) {
  return { userId, epoch, policy: site.policy };
}

/** Which session is meant to end; a mismatch must not end today what was meant yesterday. */
function end(
  current: SessionRow | undefined,
  sessionId: string | undefined,
  reason: "visitor" | "superseded",
): SessionEvent | undefined {
  if (sessionId !== undefined && sessionId !== current?.id) {
    throw new Refused("conflict", "Another session is current, or none: look at it and decide again.", {
      details: { sessionId: current?.id ?? null },
    });
  }
  return current && { kind: "closed", reason };
}

function hasEnded(): Refused {
  return new Refused("session_ended", "This session has ended: it can be read, and a new one started.");
}

function nothingGoesOn(): Refused {
  return new Refused("no_session", "Nothing is open or idle.");
}

function openDraft(reader: Reader, draft: DraftRow): Draft {
  const text = openText(reader.keys, "draft", bytesOf(draft.body));
  return { text, deviceId: draft.device_id, at: isoTime(draft.at) };
}

/** What sessions need from the database. */
import type { Receipt } from "@baton/shared/visitor/shapes";
import type { SitePolicy } from "../config/config.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import type { ClockPolicy } from "./deadlines.ts";
import type { SessionRow } from "./sessionRow.ts";
import type { Effect, SessionEvent } from "./sessionState.ts";

/** A session under its row lock, at the database's time. */
export type Held = { readonly row: SessionRow; readonly now: number };

/** What became of it, and what was being written when it ended. */
export type Moved = Held & { readonly effects: readonly Effect[]; readonly interrupted: readonly MessageRow[] };

/** Everything about a user that a Snapshot is made of, but the messages; from one statement. */
export type Standing = {
  current: SessionRow | null;
  /** The last one that ended. */
  previous: SessionRow | null;
  receipts: Receipt[];
  draft: DraftRow | null;
  now: Date;
};

export type SummaryRow = { session: SessionRow; message_count: number; last_message: MessageRow | null };

export type DraftRow = { device_id: string; body: string; at: string };
export type Margins = { session: SessionRow; receipts: Receipt[] };

/** Who moves a session: with the epoch that the writer's connection was granted. */
export type Mover = { userId: string; epoch: number; policy: ClockPolicy & Pick<SitePolicy, "primeWindowMs"> };

/**
 * Under the lock: what happens to the current session, if one goes on; its row is as it was before what is due. May throw a
 * refusal: then nothing happens, and the loop finds what was due.
 */
export type DecideMove = (current: SessionRow | undefined) => SessionEvent | undefined;

/** What became of the session before, and the new one: undefined where that one goes on. */
export type Begun = { before: Moved | undefined; row: SessionRow | undefined };

export type SessionStore = {
  readStanding(userId: string): Promise<Standing>;
  readMargins(sessionId: string): Promise<Margins | undefined>;
  /** Newest first; `before` is the id of the last one seen. */
  list(of: { userId: string; before: string | undefined; limit: number }): Promise<SummaryRow[]>;
  /** Undefined when it is not this user's. */
  stateOf(userId: string, sessionId: string): Promise<SessionRow["state"] | undefined>;
  /** Undefined when nothing was open or idle, and nothing had to be. @throws StaleEpoch */
  move(of: Mover, decide: DecideMove): Promise<Moved | undefined>;
  /** Begins a session where none goes on, and the writer still has the baton. */
  begin(of: Mover & { site: string; mode: SessionRow["mode"] }): Promise<Begun>;
  /** Activity without a word; undefined when there is nothing to write. */
  touch(of: Mover): Promise<Moved | undefined>;
  settleDue(sessionId: string, policy: ClockPolicy): Promise<Moved | undefined>;
  /** False when the session is not this user's. @throws StaleEpoch */
  rate(of: {
    userId: string;
    epoch: number;
    sessionId: string;
    score: number;
    comment: Buffer | null;
  }): Promise<boolean>;
  /** Undefined when the session is not this user's. */
  markRead(of: {
    userId: string;
    sessionId: string;
    seq: number;
  }): Promise<{ read: number; moved: boolean } | undefined>;
  /** Null clears it. @throws StaleEpoch */
  saveDraft(of: { userId: string; epoch: number; deviceId: string; sealed: Buffer | null }): Promise<void>;
  readDraft(userId: string): Promise<DraftRow | undefined>;
  /** How many wait on the site up to and including this session; 0 when it does not wait. */
  queuePosition(sessionId: string): Promise<number>;
};

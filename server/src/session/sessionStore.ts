/** What sessions need from the database. */
import type { Receipt } from "@baton/shared/visitor/shapes";
import type { MessageRow } from "../transcript/messageRow.ts";
import type { SessionRow } from "./sessionRow.ts";

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
export type Ended = { session: SessionRow; interrupted: MessageRow[] };

/** Decides, under the lock, which session is meant; may throw a refusal. */
export type Meant = (current: SessionRow | undefined) => SessionRow;

export type SessionStore = {
  readStanding(userId: string): Promise<Standing>;
  readReceipts(sessionId: string): Promise<Receipt[]>;
  /** Newest first; `before` is the id of the last one seen. */
  list(of: { userId: string; before: string | undefined; limit: number }): Promise<SummaryRow[]>;
  exists(userId: string, sessionId: string): Promise<boolean>;
  close(userId: string, meant: Meant): Promise<Ended>;
  /** False when the session is not this user's. */
  rate(of: { userId: string; sessionId: string; score: number; comment: Buffer | null }): Promise<boolean>;
  /** Undefined when the session is not this user's. */
  markRead(of: {
    userId: string;
    sessionId: string;
    seq: number;
  }): Promise<{ read: number; moved: boolean } | undefined>;
  saveDraft(userId: string, deviceId: string, sealed: Buffer): Promise<void>;
  clearDraft(userId: string): Promise<void>;
  /** How many wait on the site up to and including this session; 0 when it does not wait. */
  queuePosition(sessionId: string): Promise<number>;
};

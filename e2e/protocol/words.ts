/** What the page «The wire contract, version 1» calls things, written down from the page alone. */

export type Author = { kind: "visitor" | "bot" | "agent" | "system"; id: string; name?: string };
export type Message = {
  id: string;
  sessionId: string;
  seq: number;
  rev: number;
  threadId: string;
  clientId?: string;
  author: Author;
  kind: string;
  text: string;
  status: "complete" | "streaming" | "interrupted" | "failed";
  createdAt: string;
  replyTo?: string;
  editedAt?: string;
  deletedAt?: string;
  feedback?: unknown;
};
export type Session = {
  id: string;
  state: string;
  rev: number;
  threadId: string;
  endReason?: string;
  endedAt?: string;
};
export type Receipt = { author: { kind: string; id: string }; delivered: number; read: number };
export type Deadlines = { warnAt: string | null; idleAt: string | null; endAt: string | null };
export type Lock = {
  holder: { deviceId: string; label: string; since: string } | null;
  epoch: number;
  mine: boolean;
};
export type Snapshot = {
  user: { id: string; kind: string; externalId?: string; name?: string };
  device: { id: string; label: string; active: boolean };
  lock: Lock;
  session: Session | null;
  resumption: { kind: string; previous?: { sessionId: string; endedAt: string; unresolved: string[] } };
  messages: Message[];
  rev: number;
  reset: boolean;
  hasMore: boolean;
  receipts: Receipt[];
  deadlines: Deadlines;
  policy: { warnBeforeMs: number; softExpiryMs: number; hardExpiryMs: number; primeWindowMs: number };
  draft?: { text: string; deviceId: string; at: string };
  visitorToken?: string;
  serverTime: string;
};
export type Changed = { message: Message; rev: number };
export type Sync = {
  session: Session;
  lock: Lock;
  deadlines: Deadlines;
  rev: number;
  changes: Message[];
  reset: boolean;
  receipts: Receipt[];
};
export type Page = { messages: Message[]; hasMore: boolean };
export type Sessions = { sessions: (Session & { messageCount: number; lastMessage?: unknown })[]; hasMore: boolean };
export type Refusal = { code: string; message: string; retryable: boolean; retryAfterMs?: number; details?: unknown };
export type Ack<T> = { ok: true; data: T } | { ok: false; error: Refusal };
export type Closing = { code: string; message: string; mayReturn: boolean; reconnectAfterMs?: number };

/** What each event carries. */
export type Told = {
  message: Changed;
  "reply:delta": { messageId: string; attempt: number; offset: number; text: string };
  "session:updated": { session: Session; rev: number };
  "lock:changed": { lock: Lock };
  draft: { text: string; deviceId: string; at: string };
  "session:ended": { session: Session; reason: string; rev: number };
  typing: { sessionId: string; author: Author; typing: boolean };
  receipt: { sessionId: string; author: Author; kind: string; seq: number };
  "auth:expiring": { expiresAt: string };
  closing: Closing;
};

/** The commands this version serves, and what a success tells. */
export type Answers = {
  "session:open": Snapshot;
  "session:start": Snapshot;
  "session:takeover": { lock: Lock };
  "session:keepalive": { deadlines: Deadlines };
  "session:close": { session: Session };
  "session:rate": Record<string, never>;
  "message:send": Changed & { deadlines: Deadlines };
  "message:edit": Changed;
  "message:delete": Changed;
  "message:feedback": Changed;
  "reply:stop": Changed;
  sync: Sync;
  "history:page": Page;
  "history:sessions": Sessions;
  "draft:set": Record<string, never>;
  "typing:set": Record<string, never>;
  "presence:set": Record<string, never>;
  "receipt:read": Record<string, never>;
  "auth:refresh": { expiresAt: string };
  "auth:logout": Record<string, never>;
};

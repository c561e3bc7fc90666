/**
 * What the panel shows of the conversation, and the questions it is asked. Changed by reduce.ts alone. The same inputs run
 * in every tab: the one that owns the socket hands them on.
 */
import type { VisitorData } from "@baton/shared/commands";
import type { VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";
import type {
  Author,
  Device,
  Lock,
  Message,
  Receipt,
  Resumption,
  Session,
  Site,
  Snapshot,
  User,
} from "@baton/shared/visitor/shapes";
import type { Outbox, OutboxAction } from "../connection/outbox.ts";
import { hasHole, NEW_STREAM, type Stream } from "./stream.ts";
import type { Track } from "./track.ts";

export type Line = "off" | "up" | "brief" | "reconnecting" | "offline" | "refused";

export type ChatState = {
  readonly user: User | null;
  readonly device: Device | null;
  readonly lock: Lock | null;
  /** The baton was here and is elsewhere: this page saw it go. */
  readonly lost: boolean;
  /** The last other device that held it. */
  readonly rival: Lock["holder"];
  readonly site: Site | null;
  readonly resumption: Resumption | null;
  /** The session that was here ended while nobody told this page. */
  readonly endedAway: boolean;
  /** The server has warned: then the session pauses, in milliseconds of its clock. */
  readonly pausesAt: number | null;
  /** The server's clock less ours, in milliseconds. */
  readonly skewMs: number;
  readonly tracks: Readonly<Record<string, Track>>;
  readonly messages: Readonly<Record<string, Message>>;
  readonly streams: Readonly<Record<string, Stream>>;
  /** Of the earliest session that is shown. */
  readonly hasMore: boolean;
  /** Whether there are sessions before that one; null: not asked yet. */
  readonly earlier: boolean | null;
  readonly receipts: readonly Receipt[];
  readonly typing: Readonly<Record<string, Pick<Author, "kind" | "id">>>;
  readonly queue: VisitorNotice<"queue:position"> | null;
  readonly outbox: Outbox;
  readonly line: Line;
  /** Why the line is refused: a code of the wire. */
  readonly refusal: string | null;
  readonly syncAdvised: boolean;
  /** The machine has slept, and the server has not told since how things stand. */
  readonly checking: boolean;
};

/** `at`: when it was heard, by our clock. */
export type HeardNotice = {
  [E in VisitorNoticeName]: { kind: "notice"; name: E; payload: VisitorNotice<E>; at?: number };
}[VisitorNoticeName];

/** The commands whose answers say how things stand. */
export const TELLING = [
  "session:resume",
  "session:start",
  "session:takeover",
  "session:keepalive",
  "session:close",
  "message:send",
] as const;

export type Answer = {
  [E in (typeof TELLING)[number]]: { kind: "answer"; event: E; data: VisitorData<E>; now: number };
}[(typeof TELLING)[number]];

export type ChatInput =
  | HeardNotice
  | Answer
  | { kind: "snapshot"; snapshot: Snapshot; now: number }
  | { kind: "synced"; sync: VisitorData<"sync">; now: number }
  | { kind: "page"; messages: readonly Message[]; hasMore: boolean; earlier?: boolean }
  | { kind: "outbox"; action: OutboxAction }
  | { kind: "line"; line: Line; refusal: string | null }
  | { kind: "woke" }
  | { kind: "wiped" };

export const EMPTY_CHAT: ChatState = {
  user: null,
  device: null,
  lock: null,
  lost: false,
  rival: null,
  site: null,
  resumption: null,
  endedAway: false,
  pausesAt: null,
  skewMs: 0,
  tracks: {},
  messages: {},
  streams: {},
  hasMore: false,
  earlier: null,
  receipts: [],
  typing: {},
  queue: null,
  outbox: [],
  line: "off",
  refusal: null,
  syncAdvised: false,
  checking: false,
};

/** The session that goes on now, or the last that did. */
export function currentSession(state: ChatState): Session | null {
  let last: Session | null = null;
  for (const { session } of Object.values(state.tracks)) {
    if (session && (!last || session.openedAt > last.openedAt)) last = session;
  }
  return last;
}

/** Something was missed: which session to `sync`, and from where. */
export function missed(state: ChatState): { sessionId: string; rev: number } | null {
  const current = currentSession(state)?.id;
  for (const [sessionId, track] of Object.entries(state.tracks)) {
    const hole = track.ahead.length > 0 || (sessionId === current && state.syncAdvised);
    if (hole) return { sessionId, rev: track.rev };
  }
  const holed = Object.keys(state.streams).find((id) => hasHole(state.streams[id] ?? NEW_STREAM));
  return holed && current ? { sessionId: current, rev: state.tracks[current]?.rev ?? 0 } : null;
}

/** Another device holds the baton: here one reads. Where nobody holds it, the first word takes it. */
export function isPassive({ lock }: Pick<ChatState, "lock">): boolean {
  return lock !== null && !lock.mine && lock.holder !== null;
}

/**
 * Everything the panel shows of the conversation, and the only place where it changes. Pure, and the same inputs run in
 * every tab: the one that owns the socket hands them on. Of one message, and of one session, the highest rev wins.
 */
import type { VisitorData } from "@baton/shared/commands";
import type { VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";
import type {
  Author,
  Deadlines,
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
import { judgeOutbox, type Outbox, type OutboxAction } from "../connection/outbox.ts";
import { hasHole, NEW_STREAM, type Stream, takeCheckpoint, takePiece } from "./stream.ts";
import { hear, hearUpTo, learnSession, NEW_TRACK, type Track } from "./track.ts";

export type Line = "off" | "up" | "brief" | "reconnecting" | "offline" | "refused";

export type ChatState = {
  readonly user: User | null;
  readonly device: Device | null;
  readonly lock: Lock | null;
  readonly site: Site | null;
  readonly resumption: Resumption | null;
  readonly deadlines: Deadlines | null;
  readonly tracks: Readonly<Record<string, Track>>;
  readonly messages: Readonly<Record<string, Message>>;
  readonly streams: Readonly<Record<string, Stream>>;
  readonly hasMore: boolean;
  readonly receipts: readonly Receipt[];
  readonly typing: Readonly<Record<string, Pick<Author, "kind" | "id">>>;
  readonly queue: VisitorNotice<"queue:position"> | null;
  readonly outbox: Outbox;
  readonly line: Line;
  /** Why the line is refused: a code of the wire. */
  readonly refusal: string | null;
  readonly syncAdvised: boolean;
};

export type HeardNotice = {
  [E in VisitorNoticeName]: { kind: "notice"; name: E; payload: VisitorNotice<E> };
}[VisitorNoticeName];

export type ChatInput =
  | HeardNotice
  | { kind: "snapshot"; snapshot: Snapshot }
  | { kind: "synced"; sync: VisitorData<"sync"> }
  | { kind: "page"; messages: readonly Message[]; hasMore: boolean }
  | { kind: "outbox"; action: OutboxAction }
  | { kind: "line"; line: Line; refusal: string | null }
  | { kind: "wiped" };

export const EMPTY_CHAT: ChatState = {
  user: null,
  device: null,
  lock: null,
  site: null,
  resumption: null,
  deadlines: null,
  tracks: {},
  messages: {},
  streams: {},
  hasMore: false,
  receipts: [],
  typing: {},
  queue: null,
  outbox: [],
  line: "off",
  refusal: null,
  syncAdvised: false,
};

export function reduce(state: ChatState, input: ChatInput): ChatState {
  switch (input.kind) {
    case "snapshot":
      return takeSnapshot(state, input.snapshot);
    case "synced":
      return takeSync(state, input.sync);
    case "page":
      return { ...input.messages.reduce(putMessage, state), hasMore: input.hasMore };
    case "outbox":
      return { ...state, outbox: judgeOutbox(state.outbox, input.action) };
    case "line":
      return { ...state, line: input.line, refusal: input.refusal };
    case "wiped":
      return { ...EMPTY_CHAT, site: state.site, line: state.line, refusal: state.refusal };
    case "notice":
      return takeNotice(state, input);
  }
}

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

function takeSnapshot(state: ChatState, snapshot: Snapshot): ChatState {
  const { user, device, lock, site, resumption, deadlines, receipts, session, rev } = snapshot;
  const person = { user, device, lock, site, resumption, deadlines, receipts, syncAdvised: false };
  const base = startingPoint(state, snapshot);
  const filled = snapshot.messages.reduce(putMessage, { ...base, ...person, typing: {} });
  return session ? putTrack(filled, session.id, (track) => hearUpTo(learnSession(track, session), rev)) : filled;
}

/** What is kept when a Snapshot arrives. */
function startingPoint(state: ChatState, { user, session, resumption, reset, hasMore }: Snapshot): ChatState {
  // Somebody else signed in on this page: nothing of the first may stay, the unsent words least of all.
  if (state.user?.kind === "identified" && state.user.id !== user.id)
    return { ...EMPTY_CHAT, line: state.line, hasMore };
  // The conversation that has just ended stays readable until the next one begins.
  const justEnded = resumption.previous?.sessionId;
  if (!session && justEnded && state.tracks[justEnded]) return state;
  return reset ? { ...state, ...forgotten, hasMore } : state;
}

const forgotten = { tracks: {}, messages: {}, streams: {}, queue: null } as const;

function takeSync(state: ChatState, sync: VisitorData<"sync">): ChatState {
  const { session, lock, deadlines, receipts, rev } = sync;
  const base = sync.reset ? { ...state, ...forgotten, hasMore: true } : state;
  const healed = { ...base, streams: withoutHoles(base.streams), lock, deadlines, receipts, syncAdvised: false };
  const filled = sync.changes.reduce(putMessage, healed);
  return putTrack(filled, session.id, (track) => hearUpTo(learnSession(track, session), rev));
}

function withoutHoles(streams: ChatState["streams"]): ChatState["streams"] {
  return Object.fromEntries(Object.entries(streams).map(([id, stream]) => [id, { ...stream, ahead: [] }]));
}

function takeNotice(state: ChatState, notice: HeardNotice): ChatState {
  switch (notice.name) {
    case "message":
      return takeMessage(state, notice.payload);
    case "reply:delta": {
      const { messageId, ...piece } = notice.payload;
      if (state.messages[messageId] && state.messages[messageId].status !== "streaming") return state;
      const stream = takePiece(state.streams[messageId] ?? NEW_STREAM, piece);
      return { ...state, streams: { ...state.streams, [messageId]: stream } };
    }
    case "session:updated":
    case "session:ended":
    case "session:idle":
      return takeSession(state, notice.payload);
    case "session:active":
      return { ...state, deadlines: notice.payload.deadlines };
    case "lock:changed":
      return !state.lock || notice.payload.lock.epoch >= state.lock.epoch
        ? { ...state, lock: notice.payload.lock }
        : state;
    case "typing":
      return takeTyping(state, notice.payload);
    case "receipt":
      return { ...state, receipts: takeReceipt(state.receipts, notice.payload) };
    case "queue:position":
      return { ...state, queue: notice.payload };
    case "sync:advised":
      return { ...state, syncAdvised: true };
    default:
      // The rest concerns the line or the person, not the conversation: conversation.ts acts on it.
      return state;
  }
}

function takeMessage(state: ChatState, { message, rev }: VisitorNotice<"message">): ChatState {
  return putTrack(putMessage(state, message), message.sessionId, (track) => hear(track, rev));
}

function takeSession(state: ChatState, { session, rev }: VisitorNotice<"session:updated">): ChatState {
  const known = putTrack(state, session.id, (track) => hear(learnSession(track, session), rev));
  return session.mode === "queue" || state.queue?.sessionId !== session.id ? known : { ...known, queue: null };
}

function putTrack(state: ChatState, id: string, change: (track: Track) => Track): ChatState {
  const before = state.tracks[id] ?? NEW_TRACK;
  const after = change(before);
  return after === state.tracks[id] ? state : { ...state, tracks: { ...state.tracks, [id]: after } };
}

function putMessage(state: ChatState, message: Message): ChatState {
  const held = state.messages[message.id];
  if (held && (held.rev > message.rev || (held.rev === message.rev && held.status !== "streaming"))) return state;
  const { [message.id]: stream, ...others } = state.streams;
  const streams =
    message.status === "streaming" ? { ...others, [message.id]: takeCheckpoint(stream, message.text) } : others;
  const { [message.author.id]: _, ...typing } = state.typing;
  const outbox = message.clientId
    ? judgeOutbox(state.outbox, { kind: "kept", clientId: message.clientId })
    : state.outbox;
  return { ...state, messages: { ...state.messages, [message.id]: message }, streams, typing, outbox };
}

function takeTyping(state: ChatState, { author, typing }: VisitorNotice<"typing">): ChatState {
  const { [author.id]: _, ...others } = state.typing;
  if (author.id === state.user?.id) return state;
  return { ...state, typing: typing ? { ...others, [author.id]: author } : others };
}

function takeReceipt(receipts: readonly Receipt[], heard: VisitorNotice<"receipt">): readonly Receipt[] {
  const same = (receipt: Receipt) => receipt.author.id === heard.author.id;
  const held = receipts.find(same) ?? { author: heard.author, delivered: 0, read: 0 };
  const raised = { ...held, [heard.kind]: Math.max(held[heard.kind], heard.seq) };
  return [...receipts.filter((receipt) => !same(receipt)), raised];
}

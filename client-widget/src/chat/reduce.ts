/** The one place where the conversation changes. Pure. */
import type { VisitorNotice } from "@baton/shared/notices";
import type { Receipt } from "@baton/shared/visitor/shapes";
import { judgeOutbox } from "../connection/outbox.ts";
import { stays, takeLock, tookPart } from "./baton.ts";
import {
  type Answer,
  type ChatInput,
  type ChatState,
  currentSession,
  EMPTY_CHAT,
  type HeardNotice,
} from "./chatState.ts";
import { putMessage, putTrack } from "./put.ts";
import { NEW_STREAM, takePiece } from "./stream.ts";
import { takeSnapshot, takeSync } from "./told.ts";
import { hear, learnSession } from "./track.ts";

export function reduce(state: ChatState, input: ChatInput): ChatState {
  switch (input.kind) {
    case "snapshot":
      return takeSnapshot(state, input.snapshot, input.now);
    case "synced":
      return takeSync(state, input.sync, input.now);
    case "answer":
      return takeAnswer(state, input);
    case "page":
      return takePage(state, input);
    case "outbox":
      return { ...state, outbox: judgeOutbox(state.outbox, input.action) };
    case "line":
      return { ...state, line: input.line, refusal: input.refusal };
    case "woke":
      return currentSession(state) ? { ...state, checking: true, syncAdvised: true } : state;
    case "wiped":
      return { ...EMPTY_CHAT, site: state.site, line: state.line, refusal: state.refusal };
    case "notice":
      return takeNotice(state, input);
  }
}

function takeAnswer(state: ChatState, answer: Answer): ChatState {
  switch (answer.event) {
    case "session:resume":
      return takeSnapshot(state, answer.data, answer.now);
    case "session:start": {
      // The person has chosen: neither greeted as somebody who comes back, nor told what they have just done.
      const { greeting: _, suggestions: __, ...resumption } = answer.data.resumption;
      const snapshot = { ...answer.data, resumption: { ...resumption, kind: "none" as const } };
      return { ...takeSnapshot(state, snapshot, answer.now), endedAway: false };
    }
    case "session:takeover":
      return takeLock(state, answer.data.lock);
    case "session:keepalive":
      return tookPart(stays(state));
    case "session:close":
      return putTrack(state, answer.data.session.id, (track) => learnSession(track, answer.data.session));
    case "message:send":
      return tookPart(takeMessage(stays(state), answer.data));
  }
}

function takePage(state: ChatState, page: Extract<ChatInput, { kind: "page" }>): ChatState {
  const { hasMore, earlier = state.earlier } = page;
  return { ...page.messages.reduce(putMessage, state), hasMore, earlier };
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
      return takeSession(state, notice.payload);
    case "session:ended":
    case "session:idle":
      return takeSession(
        currentSession(state)?.id === notice.payload.session.id ? stays(state) : state,
        notice.payload,
      );
    case "session:warning":
      return takeWarning(state, notice.payload, notice.at);
    case "session:active":
      return stays(state);
    case "lock:changed":
      return takeLock(state, notice.payload.lock);
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
  const endedAway = state.endedAway && session.state === "ended";
  const waits = session.mode === "queue" && session.state !== "ended";
  const queue = waits || state.queue?.sessionId !== session.id ? state.queue : null;
  return { ...known, endedAway, queue };
}

/** What remains was counted by the server: it corrects what we believe of its clock. */
function takeWarning(state: ChatState, warning: VisitorNotice<"session:warning">, at: number | undefined): ChatState {
  const pausesAt = Date.parse(warning.closesAt);
  const skewMs = at === undefined ? state.skewMs : pausesAt - warning.remainingMs - at;
  return { ...state, pausesAt, skewMs };
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

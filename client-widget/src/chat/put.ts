/** Puts one message, or what is known of one session, where it belongs. Of each the highest rev wins. */
import type { Message } from "@baton/shared/visitor/shapes";
import { judgeOutbox } from "../connection/outbox.ts";
import type { ChatState } from "./chatState.ts";
import { takeCheckpoint } from "./stream.ts";
import { NEW_TRACK, type Track } from "./track.ts";

export function putTrack(state: ChatState, id: string, change: (track: Track) => Track): ChatState {
  const before = state.tracks[id] ?? NEW_TRACK;
  const after = change(before);
  return after === state.tracks[id] ? state : { ...state, tracks: { ...state.tracks, [id]: after } };
}

export function putMessage(state: ChatState, message: Message): ChatState {
  const held = state.messages[message.id];
  // Also of what is held already: storage may have brought back a word that the gateway keeps, to be sent without end.
  const outbox = message.clientId
    ? judgeOutbox(state.outbox, { kind: "kept", clientId: message.clientId })
    : state.outbox;
  if (held && (held.rev > message.rev || (held.rev === message.rev && held.status !== "streaming")))
    return outbox === state.outbox ? state : { ...state, outbox };
  const { [message.id]: stream, ...others } = state.streams;
  const streams =
    message.status === "streaming" ? { ...others, [message.id]: takeCheckpoint(stream, message.text) } : others;
  const { [message.author.id]: _, ...typing } = state.typing;
  return { ...state, messages: { ...state.messages, [message.id]: message }, streams, typing, outbox };
}

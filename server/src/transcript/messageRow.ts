/** A message's row as the database says it in JSON, and what of it goes on the wire. PURE but for opening the seal. */
import type { Message } from "@baton/shared/visitor/shapes";
import { type Keyring, messagePlace, openBody } from "./vault.ts";

/** `to_jsonb(messages)`: times as ISO text with an offset, bytea as `\x…` hex. */
export type MessageRow = {
  session_id: string;
  seq: number;
  rev: number;
  id: string;
  user_id: string;
  thread_id: string;
  sender: string;
  client_id: string | null;
  author_kind: Message["author"]["kind"];
  author_id: string | null;
  author_name: string | null;
  kind: Message["kind"];
  body: string | null;
  status: Message["status"];
  reply_to: string | null;
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
  feedback: "up" | "down" | null;
};

export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), "hex");
}

export function isoTime(time: string | Date): string {
  return new Date(time).toISOString();
}

/** A visitor's message belongs to whoever owns it now: after a merge that is another user. */
function authorOf(row: MessageRow): Message["author"] {
  const id = row.author_kind === "visitor" ? row.user_id : (row.author_id ?? row.author_kind);
  return { kind: row.author_kind, id, ...(row.author_name !== null && { name: row.author_name }) };
}

/** @param liveText what a running turn has written so far, when this node runs it: fresher than the row's checkpoint */
export function toMessage(row: MessageRow, keys: Keyring, liveText?: string): Message {
  const body =
    row.body === null ? { text: "" } : openBody(keys, messagePlace(row.session_id, row.id), bytesOf(row.body));
  return {
    id: row.id,
    sessionId: row.session_id,
    seq: row.seq,
    rev: row.rev,
    threadId: row.thread_id,
    ...(row.client_id !== null && row.sender === "visitor" && { clientId: row.client_id }),
    author: authorOf(row),
    kind: row.kind,
    text: row.status === "streaming" ? (liveText ?? body.text) : body.text,
    ...(body.data && { data: body.data }),
    ...(row.reply_to !== null && { replyTo: row.reply_to }),
    status: row.status,
    createdAt: isoTime(row.created_at),
    ...(row.edited_at !== null && { editedAt: isoTime(row.edited_at) }),
    ...(row.deleted_at !== null && { deletedAt: isoTime(row.deleted_at) }),
    ...(row.feedback !== null && { feedback: row.feedback }),
  };
}

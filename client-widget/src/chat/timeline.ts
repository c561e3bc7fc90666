/**
 * The lines of the log in their order: day dividers, ends of sessions, bubbles in groups. Pure.
 * A reply that is still being written, and what comes below it, stands apart: it is read out only when it is finished.
 */
import type { Author, Message } from "@baton/shared/visitor/shapes";
import type { OutboxEntry } from "../connection/outbox.ts";
import { startOfDay } from "../text/when.ts";
import type { ChatState } from "./chatState.ts";

const GAP_MS = 300_000;

export type Bubble = {
  kind: "bubble";
  key: string;
  author: Author;
  mine: boolean;
  text: string;
  at: string;
  /** First and last of what one author said in one go. */
  first: boolean;
  last: boolean;
  /** The time stands above, because it was quiet for a while. */
  gap: boolean;
  streaming: boolean;
  /** The newest of one's own: it alone shows that it was sent. */
  latest: boolean;
  message?: Message | undefined;
  entry?: OutboxEntry | undefined;
};

export type Line =
  | Bubble
  | { kind: "day"; key: string; at: string }
  /** `at`: when it ended, as far as that is known. */
  | { kind: "end"; key: string; at: string | undefined }
  | { kind: "notice"; key: string; text: string };

export type Timeline = { settled: readonly Line[]; unsettled: readonly Line[] };

const ME: Author = { kind: "visitor", id: "me" };

export function timeline(state: ChatState): Timeline {
  const lines: Line[] = [];
  const messages = Object.values(state.messages).sort(inOrder);
  messages.forEach((message, index) => {
    const before = messages[index - 1];
    if (before && before.sessionId !== message.sessionId) lines.push(endOf(before, state));
    if (!before || startOfDay(Date.parse(before.createdAt)) !== startOfDay(Date.parse(message.createdAt))) {
      lines.push({ kind: "day", key: `day ${message.id}`, at: message.createdAt });
    }
    lines.push(message.kind === "notice" ? noticeOf(message) : bubbleOf(message, state));
  });
  const last = messages.at(-1);
  if (last && isOver(last.sessionId, state)) lines.push(endOf(last, state));
  for (const entry of state.outbox) if (entry.state !== "returned") lines.push(waitingBubble(entry));
  group(lines);
  const latest = lines.findLast((line) => line.kind === "bubble" && line.mine);
  if (latest?.kind === "bubble") latest.latest = true;
  const open = lines.findIndex((line) => line.kind === "bubble" && line.streaming);
  return open < 0 ? { settled: lines, unsettled: [] } : { settled: lines.slice(0, open), unsettled: lines.slice(open) };
}

function inOrder(a: Message, b: Message): number {
  return a.sessionId === b.sessionId ? a.seq - b.seq : a.createdAt.localeCompare(b.createdAt);
}

/** A session that was only read, from the time before this page, has no track. */
function isOver(sessionId: string, { tracks }: ChatState): boolean {
  const track = tracks[sessionId];
  return track ? track.session?.state === "ended" : true;
}

function endOf({ sessionId, createdAt }: Message, { tracks }: ChatState): Line {
  return { kind: "end", key: `end ${sessionId}`, at: tracks[sessionId]?.session?.endedAt ?? createdAt };
}

function noticeOf(message: Message): Line {
  return { kind: "notice", key: message.id, text: message.text };
}

function bubbleOf(message: Message, state: ChatState): Bubble {
  const streaming = message.status === "streaming";
  const text = streaming ? (state.streams[message.id]?.text ?? message.text) : message.text;
  const mine = message.author.kind === "visitor";
  // The same key as while it waited in the outbox: the bubble stays, only its tick changes.
  const key = mine ? (message.clientId ?? message.id) : message.id;
  return { ...PLAIN, key, author: message.author, mine, text, at: message.createdAt, streaming, message };
}

function waitingBubble(entry: OutboxEntry): Bubble {
  const at = new Date(entry.createdAt).toISOString();
  return { ...PLAIN, key: entry.clientId, author: ME, mine: true, text: entry.text, at, entry };
}

const PLAIN = { kind: "bubble", first: true, last: true, gap: false, streaming: false, latest: false } as const;

function group(lines: Line[]): void {
  lines.forEach((line, index) => {
    const before = lines[index - 1];
    if (line.kind !== "bubble" || before?.kind !== "bubble") return;
    line.gap = Date.parse(line.at) - Date.parse(before.at) > GAP_MS;
    line.first = line.gap || line.mine !== before.mine || (!line.mine && line.author.id !== before.author.id);
    before.last = line.first;
  });
}

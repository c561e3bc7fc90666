/**
 * What a device shows, built as protocol.md says: from a Snapshot and from what was announced after it. PURE.
 * «Of one message the highest rev wins»; deltas count UTF-16 units of an attempt.
 */
import type { Draft, Lock, Message, Receipt, Session, Snapshot } from "@baton/shared/visitor/shapes";
import type { Heard } from "./testClient.ts";

export type View = {
  session: Session | null;
  rev: number;
  messages: Map<string, Message>;
  receipts: Map<string, Receipt>;
  lock: Lock;
  /** Of the deadlines what is announced: the pause that was warned of, and the end of one that pauses. */
  closesAt: string | null;
  resumableUntil: string | null;
  /** Of the device that has the baton: what a loser had typed is the winner's. */
  draft: Pick<Draft, "text" | "deviceId"> | undefined;
  /** Revs that were never heard of: a hole that a client would close by `sync`. */
  gaps: number[];
};

export function viewOf(snapshot: Snapshot): View {
  return {
    session: snapshot.session,
    rev: snapshot.rev,
    messages: new Map(snapshot.messages.map((message) => [message.id, message])),
    receipts: new Map(snapshot.receipts.map((receipt) => [receipt.author.id, receipt])),
    lock: snapshot.lock,
    ...clockOf(snapshot),
    draft: snapshot.lock.mine ? draftOf(snapshot.draft) : undefined,
    gaps: [],
  };
}

/** Without its time, which a writer is not told. */
export function draftOf(draft: Draft | undefined): View["draft"] {
  return draft && draft.text !== "" ? { text: draft.text, deviceId: draft.deviceId } : undefined;
}

function clockOf({ session, deadlines, serverTime }: Snapshot): Pick<View, "closesAt" | "resumableUntil"> {
  const isWarned = session?.state === "open" && deadlines.warnAt !== null && deadlines.warnAt <= serverTime;
  return {
    closesAt: isWarned ? deadlines.idleAt : null,
    resumableUntil: session?.state === "idle" ? deadlines.endAt : null,
  };
}

const NO_CLOCK = { closesAt: null, resumableUntil: null } as const;

export function hear(view: View, { event, payload }: Heard): View {
  switch (event) {
    case "message":
      // Of a conversation that is not shown, such as feedback on one that had ended before this device came.
      if (payload.message.sessionId !== view.session?.id) return view;
      if (isSaid(view, payload.message)) view.draft = undefined;
      if (payload.message.rev >= (view.messages.get(payload.message.id)?.rev ?? 0)) {
        view.messages.set(payload.message.id, payload.message);
      }
      return advance(active(view, payload.message), payload.rev);
    case "reply:delta":
      return grow(view, payload);
    case "session:updated":
      // A new session takes no rev of its own: what was held of the one before is not of this one.
      if (view.session?.id !== payload.session.id) return startAnew(view, payload.session);
      return advance({ ...view, session: payload.session, ...awake(view, payload.session) }, payload.rev);
    case "session:warning":
      return { ...view, closesAt: payload.closesAt };
    case "session:active":
      return { ...view, closesAt: null };
    case "session:idle":
      return advance(
        { ...view, session: payload.session, closesAt: null, resumableUntil: payload.resumableUntil },
        payload.rev,
      );
    case "session:ended":
      return advance({ ...view, session: payload.session, ...NO_CLOCK }, payload.rev);
    case "lock:changed":
      return { ...view, lock: payload.lock, draft: payload.lock.mine ? view.draft : undefined };
    case "draft":
      return { ...view, draft: draftOf(payload) };
    case "receipt":
      view.receipts.set(payload.author.id, { author: payload.author, delivered: payload.seq, read: payload.seq });
      return view;
    default:
      return view;
  }
}

function startAnew(view: View, session: Session): View {
  return { ...view, session, rev: 0, messages: new Map(), receipts: new Map(), ...NO_CLOCK };
}

const awake = ({ resumableUntil }: View, { state }: Session) => ({
  resumableUntil: state === "idle" ? resumableUntil : null,
});

/** A new word of the visitor's, which clears the draft. What is shown from before a Snapshot began has changed since. */
function isSaid({ messages }: View, { id, author, editedAt, deletedAt, feedback }: Message): boolean {
  return (
    author.kind === "visitor" &&
    !messages.has(id) &&
    editedAt === undefined &&
    deletedAt === undefined &&
    feedback === undefined
  );
}

/** A visitor's words are activity: `lastActivityAt` follows from them and is not announced by itself. */
function active(view: View, message: Message): View {
  if (message.author.kind !== "visitor" || message.deletedAt !== undefined || !view.session) return view;
  const at = message.editedAt ?? message.createdAt;
  return at <= view.session.lastActivityAt ? view : { ...view, session: { ...view.session, lastActivityAt: at } };
}

function advance(view: View, rev: number): View {
  for (let missed = view.rev + 1; missed < rev; missed++) view.gaps.push(missed);
  const session = view.session && { ...view.session, rev: Math.max(view.session.rev, rev) };
  return { ...view, session, rev: Math.max(view.rev, rev) };
}

function grow(view: View, delta: { messageId: string; offset: number; text: string }): View {
  const message = view.messages.get(delta.messageId);
  if (message?.status === "streaming" && delta.offset <= message.text.length) {
    view.messages.set(message.id, { ...message, text: message.text.slice(0, delta.offset) + delta.text });
  }
  return view;
}

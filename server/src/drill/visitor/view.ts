/**
 * PURE. What a page holds of a session, pieced together from Snapshots, answers and events as protocol.md says: by `rev`,
 * of one message the highest. Written anew here, not taken from the widget: a drill must not share the mistakes of what it tries.
 */
import type { Message, Snapshot } from "@baton/shared/visitor/shapes";
import type { Heard } from "./line.ts";

export type View = {
  readonly sessionId: string | undefined;
  /** Everything up to here is known. */
  readonly rev: number;
  /** Revisions heard of beyond a gap. */
  readonly ahead: ReadonlySet<number>;
  readonly messages: ReadonlyMap<string, Message>;
};

export const NOTHING: View = { sessionId: undefined, rev: 0, ahead: new Set(), messages: new Map() };

type Told = { readonly rev: number; readonly reset: boolean; readonly messages: readonly Message[] };

export function withSnapshot(view: View, { session, messages, rev, reset }: Snapshot): View {
  return session ? caughtUp(view, session.id, { messages, rev, reset }) : NOTHING;
}

type Synced = { session: { id: string }; rev: number; changes: readonly Message[]; reset: boolean };

export function withSync(view: View, { session, rev, changes, reset }: Synced): View {
  return caughtUp(view, session.id, { messages: changes, rev, reset });
}

/** Events may have come before the answer: it does not take back what they told. */
function caughtUp(view: View, sessionId: string, { messages, rev, reset }: Told): View {
  const from = reset || view.sessionId !== sessionId ? NOTHING : view;
  const reached = Math.max(from.rev, rev);
  const ahead = new Set([...from.ahead].filter((one) => one > reached));
  return closed({ sessionId, rev: reached, ahead, messages: withMessages(from.messages, messages) });
}

/** A message that was told or acknowledged; it may be the first of a new session. */
export function withMessage(view: View, message: Message, rev: number): View {
  const same = view.sessionId === undefined || view.sessionId === message.sessionId ? view : NOTHING;
  return told({ ...same, sessionId: message.sessionId, messages: withMessages(same.messages, [message]) }, rev);
}

export function withHeard(view: View, heard: Heard): View {
  switch (heard.event) {
    case "message":
      return withMessage(view, heard.data.message, heard.data.rev);
    case "session:updated":
    case "session:idle":
    case "session:ended":
      return heard.data.session.id === view.sessionId ? told(view, heard.data.rev) : view;
    default:
      return view;
  }
}

/** In the order of their places. */
export function messagesOf(view: View): Message[] {
  return [...view.messages.values()].sort((a, b) => a.seq - b.seq);
}

function withMessages(known: ReadonlyMap<string, Message>, more: readonly Message[]): Map<string, Message> {
  const messages = new Map(known);
  for (const message of more) {
    if ((messages.get(message.id)?.rev ?? -1) <= message.rev) messages.set(message.id, message);
  }
  return messages;
}

/** One more revision was told, in whatever order. */
function told(view: View, rev: number): View {
  return rev <= view.rev ? view : closed({ ...view, ahead: new Set([...view.ahead, rev]) });
}

function closed(view: View): View {
  const ahead = new Set(view.ahead);
  let { rev } = view;
  while (ahead.delete(rev + 1)) rev += 1;
  return { ...view, rev, ahead };
}

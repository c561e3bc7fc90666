/** How far a page has come in its conversation, and when it must ask. PURE. Kept by screen.ts. */

export type View = {
  readonly sessionId: string | undefined;
  readonly rev: number;
};

export const NOTHING: View = { sessionId: undefined, rev: 0 };

export type Step = { readonly view: View; readonly isBehind: boolean };

/** An event, or the ack of a send, that took this rev of this session. */
export function afterChange(view: View, sessionId: string, rev: number): Step {
  // Of a session that this page has not heard of it knows nothing yet.
  const known = sessionId === view.sessionId ? view : { sessionId, rev: 0 };
  if (rev === known.rev + 1) return { view: { sessionId, rev }, isBehind: false };
  return { view: known, isBehind: rev > known.rev };
}

/** The answer of a sync: all of the session up to this rev. What came meanwhile may be above it. */
export function afterSync(view: View, sessionId: string, rev: number): View {
  return sessionId === view.sessionId ? { sessionId, rev: Math.max(rev, view.rev) } : view;
}

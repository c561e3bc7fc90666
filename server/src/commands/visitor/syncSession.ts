/** sync: what changed since a rev, with all that takes no rev whole. */
import type { Handler } from "./handler.ts";

export const syncSession: Handler<"sync"> = async (caller, { sessionId, rev }, house) => {
  const { session, messages, rev: head, reset } = await house.transcript.since(caller, sessionId, rev);
  const { receipts, deadlines } = await house.sessions.margins(caller, sessionId);
  // Somebody who asks has perhaps missed something: so may this node, while nodes do not hear each other.
  await house.baton.look(caller.userId);
  const lock = house.baton.lockOf(caller);
  return { data: { session, lock, deadlines, receipts, rev: head, changes: [...messages], reset } };
};

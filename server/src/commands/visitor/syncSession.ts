/** sync: what changed since a rev, with all that takes no rev whole. */
import type { Handler } from "./handler.ts";
import { sharedLock } from "./openSession.ts";

export const syncSession: Handler<"sync"> = async (caller, { sessionId, rev }, house) => {
  const { session, messages, rev: head, reset } = await house.transcript.since(caller, sessionId, rev);
  const receipts = await house.sessions.receipts(sessionId);
  const deadlines = house.sessions.deadlines();
  return { data: { session, lock: sharedLock(caller), deadlines, receipts, rev: head, changes: [...messages], reset } };
};

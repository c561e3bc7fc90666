/** session:resume: «continue» to an offer. What idles goes on, and its Snapshot is the answer. */
import type { Handler } from "./handler.ts";
import { toSnapshot } from "./snapshot.ts";

export const resumeSession: Handler<"session:resume"> = async (caller, { sessionId }, house) => {
  const { announce } = await house.sessions.resume(caller, sessionId);
  const snapshot = await toSnapshot(caller, house, {});
  return { data: snapshot.data, announce: [...announce, ...snapshot.announce] };
};

/** session:close: ends the current session; a reply that was being written stays as it was left. */
import type { Announcement } from "../../announcement.ts";
import type { Handler } from "./handler.ts";

export const closeSession: Handler<"session:close"> = async (caller, payload, house) => {
  const current = house.currentSessions.of(caller.userId);
  // A reply that streams here keeps all of its text; the close itself would keep what was last written down.
  if (current && (payload.sessionId ?? current) === current) await house.turns.stopIn(current);
  const { session, interrupted } = await house.sessions.close(caller, payload.sessionId);
  house.currentSessions.set(caller.userId, undefined);
  for (const message of interrupted) house.turns.abandon(message.id);
  const { userId } = caller;
  const messages = interrupted.map(
    (message): Announcement => ({ userId, event: "message", payload: { message, rev: message.rev } }),
  );
  const ended: Announcement = {
    userId,
    event: "session:ended",
    payload: { session, reason: "visitor", rev: session.rev },
  };
  return { data: { session }, announce: [...messages, ended] };
};

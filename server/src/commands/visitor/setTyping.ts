/** typing:set: told to the others in the conversation, throttled by announce. */
import type { Announcement } from "../../announcement.ts";
import type { Handler } from "./handler.ts";

export const setTyping: Handler<"typing:set"> = async (caller, { typing }, house) => {
  const sessionId = house.currentSessions.of(caller.userId);
  if (!sessionId) return { data: {} };
  const told: Announcement = {
    userId: caller.userId,
    event: "typing",
    payload: { sessionId, author: { kind: "visitor", id: caller.userId }, typing },
    exceptConnection: caller.connectionId,
  };
  const stayed = typing ? await house.sessions.touch(caller) : [];
  return { data: {}, announce: [told, ...stayed] };
};

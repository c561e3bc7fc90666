/** receipt:read: read up to and including a seq. A mark that does not move tells nobody anything. */
import type { Announcement } from "../../announcement.ts";
import type { Handler } from "./handler.ts";

export const markRead: Handler<"receipt:read"> = async (caller, { sessionId, seq }, house) => {
  const { read, moved } = await house.sessions.markRead(caller, sessionId, seq);
  if (!moved) return { data: {} };
  const author = { kind: "visitor", id: caller.userId } as const;
  const told: Announcement = {
    userId: caller.userId,
    event: "receipt",
    payload: { sessionId, author, kind: "read", seq: read },
  };
  return { data: {}, announce: [told] };
};

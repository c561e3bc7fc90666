/** session:resume: «continue» to an offer. What idles goes on, and its Snapshot is the answer. */
import type { Handler } from "./handler.ts";
import { toSnapshot } from "./snapshot.ts";
import { telling } from "./telling.ts";

export const resumeSession: Handler<"session:resume"> = (caller, { sessionId }, house) =>
  telling(house, async (tell) => {
    const { announce } = await house.sessions.resume(caller, sessionId);
    tell(announce);
    return toSnapshot(caller, house, { tell });
  });

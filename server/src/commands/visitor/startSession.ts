/** session:start: «start new». What was going on is put aside; the next message begins the new session. */

import { notFound } from "../../refused.ts";
import { endCurrent } from "./endCurrent.ts";
import type { Handler } from "./handler.ts";
import { toSnapshot } from "./snapshot.ts";
import { telling } from "./telling.ts";

export const startSession: Handler<"session:start"> = (caller, { sessionId, threadId }, house) =>
  telling(house, async (tell) => {
    // To begin with a thread of before comes later: an unknown id, as in message:send.
    if (threadId !== undefined) throw notFound("thread");
    const ended = await endCurrent(caller, sessionId, house, () => house.sessions.start(caller, sessionId));
    tell(ended?.announce ?? []);
    return toSnapshot(caller, house, { trigger: { kind: "new" }, tell });
  });

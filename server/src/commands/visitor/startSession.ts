/** session:start: «start new». What was going on is put aside; the next message begins the new session. */

import { endCurrent } from "./endCurrent.ts";
import type { Handler } from "./handler.ts";
import { toSnapshot } from "./snapshot.ts";
import { telling } from "./telling.ts";

export const startSession: Handler<"session:start"> = (caller, { sessionId }, house) =>
  telling(house, async (tell) => {
    const ended = await endCurrent(caller, sessionId, house, () => house.sessions.start(caller, sessionId));
    tell(ended?.announce ?? []);
    return toSnapshot(caller, house, { trigger: { kind: "new" }, tell });
  });

/** session:start: «start new». What was going on is put aside; the next message begins the new session. */

import { endCurrent } from "./endCurrent.ts";
import type { Handler } from "./handler.ts";
import { toSnapshot } from "./snapshot.ts";

export const startSession: Handler<"session:start"> = async (caller, { sessionId }, house) => {
  const ended = await endCurrent(caller, sessionId, house, () => house.sessions.start(caller, sessionId));
  const snapshot = await toSnapshot(caller, house, { trigger: { kind: "new" } });
  return { data: snapshot.data, announce: [...(ended?.announce ?? []), ...snapshot.announce] };
};

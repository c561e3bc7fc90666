/** session:close: ends the current session; a reply that was being written stays as it was left. */
import { endCurrent } from "./endCurrent.ts";
import type { Handler } from "./handler.ts";

export const closeSession: Handler<"session:close"> = async (caller, { sessionId }, house) => {
  const { session, announce } = await endCurrent(caller, sessionId, house, () =>
    house.sessions.close(caller, sessionId),
  );
  return { data: { session }, announce };
};

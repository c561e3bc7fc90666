/** session:rate: what the visitor thought of it. Takes no rev: people in the conversation do not see it. */
import type { Handler } from "./handler.ts";

export const rateSession: Handler<"session:rate"> = async (caller, { sessionId, score, comment }, house) => {
  await house.sessions.rate(caller, { sessionId, score, comment });
  return { data: {} };
};

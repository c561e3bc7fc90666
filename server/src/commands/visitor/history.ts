/** history:page and history:sessions: what was said before. */
import { LIMITS } from "@baton/shared/limits";
import type { Handler } from "./handler.ts";

export const pageHistory: Handler<"history:page"> = async (caller, payload, house) => {
  const { sessionId, beforeSeq, limit = LIMITS.pageDefault } = payload;
  return { data: await house.transcript.page(caller, { sessionId, beforeSeq, limit }) };
};

export const listSessions: Handler<"history:sessions"> = async (caller, payload, house) => {
  const { before, limit = LIMITS.pageDefault } = payload;
  return { data: await house.listSessions(caller, { before, limit }) };
};

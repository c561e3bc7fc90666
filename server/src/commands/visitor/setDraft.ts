/** draft:set: the unsent text. Nobody is told: it comes with the next Snapshot, and at a takeover. */
import type { Handler } from "./handler.ts";

export const setDraft: Handler<"draft:set"> = async (caller, { text }, house) => {
  return { data: {}, announce: await house.sessions.setDraft(caller, text) };
};

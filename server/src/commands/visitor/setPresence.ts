/** presence:set: the page was hidden or shown. */
import type { Handler } from "./handler.ts";

export const setPresence: Handler<"presence:set"> = async (_caller, { visible }) => ({
  data: {},
  connection: { visible },
});

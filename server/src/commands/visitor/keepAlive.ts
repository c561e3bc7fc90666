/** session:keepalive: «I'm still here». Also reopens what idles. */
import type { Handler } from "./handler.ts";

export const keepAlive: Handler<"session:keepalive"> = async (caller, _payload, house) => {
  const { deadlines, announce } = await house.sessions.keepAlive(caller);
  return { data: { deadlines }, announce };
};

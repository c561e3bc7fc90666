/** reply:stop: ends a streaming reply and keeps what was written. A finished reply is answered as it stands. */
import type { Handler } from "./handler.ts";
import { messageChanged } from "./messageChanged.ts";

export const stopReply: Handler<"reply:stop"> = async (caller, payload, house) => {
  // What is said to the generator is said to no row: asked before.
  await house.baton.confirm(caller);
  return messageChanged(caller, await house.turns.stop(caller, payload.messageId), house);
};

/** message:delete: empties one's own message; it keeps its place. Deleting twice is deleting once. */
import type { Handler } from "./handler.ts";
import { messageChanged } from "./messageChanged.ts";
import { refuseStrangersMessage, refuseUnlessRev, refuseUnlessWritable } from "./ownMessage.ts";

export const deleteMessage: Handler<"message:delete"> = async (caller, payload, house) => {
  const changed = await house.transcript.change(caller, payload.messageId, (message, session) => {
    refuseStrangersMessage(message);
    refuseUnlessWritable(session, caller);
    if (message.deleted_at !== null) return undefined;
    refuseUnlessRev(message, payload.rev);
    return { body: null, deleted: true };
  });
  return messageChanged(caller, changed, house);
};

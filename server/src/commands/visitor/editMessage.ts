/** message:edit: the text of one's own message. A repeat that would change nothing is answered as it stands. */

import { bytesOf, type MessageRow } from "../../transcript/messageRow.ts";
import type { Reader } from "../../transcript/transcript.ts";
import { messagePlace, openBody, sealBody } from "../../transcript/vault.ts";
import type { Handler } from "./handler.ts";
import { messageChanged } from "./messageChanged.ts";
import { refuseStrangersMessage, refuseUnlessRev, refuseUnlessWritable } from "./ownMessage.ts";

export const editMessage: Handler<"message:edit"> = async (caller, payload, house) => {
  const changed = await house.transcript.change(caller, payload.messageId, (message, session) => {
    refuseStrangersMessage(message);
    refuseUnlessWritable(session, caller);
    if (message.deleted_at === null && textOf(message, caller) === payload.text) return undefined;
    refuseUnlessRev(message, payload.rev);
    const place = messagePlace(message.session_id, message.id);
    return { body: sealBody(caller.keys, place, { text: payload.text }), edited: true };
  });
  return messageChanged(caller, changed, house);
};

function textOf(message: MessageRow, reader: Reader): string {
  if (message.body === null) return "";
  return openBody(reader.keys, messagePlace(message.session_id, message.id), bytesOf(message.body)).text;
}

/** message:feedback: a thumb for an answer, also after the session has ended. */
import { Refused } from "../../refused.ts";
import type { Decide } from "../../transcript/transcript.ts";
import { messagePlace, sealText } from "../../transcript/vault.ts";
import type { Handler } from "./handler.ts";
import { messageChanged } from "./messageChanged.ts";

export const giveFeedback: Handler<"message:feedback"> = async (caller, payload, house) => {
  const decide: Decide = (message) => {
    if (message.author_kind === "visitor")
      throw new Refused("forbidden", "Feedback is for answers, not for your own messages.");
    if (message.feedback === payload.value && payload.comment === undefined) return undefined;
    const place = `feedback ${messagePlace(message.session_id, message.id)}`;
    const comment = payload.comment === undefined ? null : sealText(caller.keys, place, payload.comment);
    return { feedback: { value: payload.value, comment } };
  };
  const changed = await house.transcript.change(caller, payload.messageId, decide, caller.epoch);
  return messageChanged(caller, changed, house);
};

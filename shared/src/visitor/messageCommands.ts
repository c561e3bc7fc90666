/** Saying, changing and judging messages. */
import * as z from "zod";
import { command } from "../define.ts";
import { ClientId, Comment, Count, Id, MessageText, SomeText } from "./primitives.ts";
import { Deadlines, Message } from "./shapes.ts";

const changed = z.object({ message: Message, rev: Count });

export const messageCommands = {
  "message:send": command(
    "Appends a message once: repeating a `clientId` answers with the first. Without `sessionId` it goes to the open or idle session, else it starts one.",
    z
      .strictObject({
        clientId: ClientId,
        text: MessageText,
        sessionId: Id.optional(),
        threadId: Id.optional(),
        replyTo: Id.optional(),
        fileIds: z.array(Id).max(10).optional(),
      })
      .refine((p) => p.text.trim() !== "" || (p.fileIds?.length ?? 0) > 0, {
        path: ["text"],
        message: "text is empty",
      }),
    z.object({ message: Message, rev: Count, deadlines: Deadlines }),
  ),
  "message:edit": command(
    "Changes the text of one's own message. `rev`: the message's last known.",
    z.strictObject({ messageId: Id, text: SomeText, rev: Count.optional() }),
    changed,
  ),
  "message:delete": command(
    "Empties one's own message; it keeps its place.",
    z.strictObject({ messageId: Id, rev: Count.optional() }),
    changed,
  ),
  "message:feedback": command(
    "A thumb for an answer; null takes it back.",
    z.strictObject({ messageId: Id, value: z.enum(["up", "down"]).nullable(), comment: Comment.optional() }),
    changed,
  ),
  "reply:stop": command(
    "Stops a streaming reply and keeps what was written.",
    z.strictObject({ messageId: Id }),
    changed,
  ),
  "reply:retry": command("Withdraws the reply and asks for another.", z.strictObject({ messageId: Id }), changed),
};

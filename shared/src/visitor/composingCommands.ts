/** What happens while a person writes and reads: drafts, typing, read marks, the page they are on, files. */
import * as z from "zod";
import { command } from "../define.ts";
import { Attributes, Count, Empty, Id, MessageText, Time, writtenText } from "./primitives.ts";

export const composingCommands = {
  "draft:set": command(
    "The unsent text; empty clears it. Sending clears it too.",
    z.strictObject({ text: MessageText }),
    Empty,
  ),
  "typing:set": command("The visitor writes, or has stopped.", z.strictObject({ typing: z.boolean() }), Empty),
  "receipt:read": command("Read up to and including `seq`.", z.strictObject({ sessionId: Id, seq: Count }), Empty),
  "context:update": command(
    "The page the visitor is on, and what the site knows about them.",
    z.strictObject({
      page: z.strictObject({ url: writtenText(2_000), title: writtenText(500) }).optional(),
      attributes: Attributes.optional(),
    }),
    Empty,
  ),
  "file:ticket": command(
    "Leave to upload one file; then one HTTP PUT, then message:send with fileIds.",
    z.strictObject({ name: writtenText(255), size: Count, type: z.string().max(127) }),
    z.object({ fileId: Id, uploadUrl: z.string(), expiresAt: Time }),
  ),
};

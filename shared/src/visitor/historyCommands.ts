/** Reading what was said before, and the threads it belongs to. */
import * as z from "zod";
import { command } from "../define.ts";
import { LIMITS } from "../limits.ts";
import { Count, Id, Time, writtenText } from "./primitives.ts";
import { Message, SessionSummary, Thread } from "./shapes.ts";

const limit = z.int().min(1).max(LIMITS.pageMax).optional();

export const historyCommands = {
  "history:page": command(
    "Messages of one session before `beforeSeq`, ascending by seq.",
    z.strictObject({ sessionId: Id, beforeSeq: Count.optional(), limit }),
    z.object({ messages: z.array(Message), hasMore: z.boolean() }),
  ),
  "history:sessions": command(
    "This user's sessions, newest first; `before` is the id of the last one seen.",
    z.strictObject({ before: Id.optional(), limit }),
    z.object({ sessions: z.array(SessionSummary), hasMore: z.boolean() }),
  ),
  "history:search": command(
    "Searches this user's own history.",
    z.strictObject({ query: writtenText(200), limit }),
    z.object({ hits: z.array(z.object({ message: Message, session: SessionSummary })) }),
  ),
  "thread:list": command("The user's threads.", z.strictObject({}), z.object({ threads: z.array(Thread) })),
  "thread:switch": command(
    "Goes to a thread, or opens one with a topic.",
    z.union([z.strictObject({ threadId: Id }), z.strictObject({ topic: writtenText(200) })]),
    z.object({ thread: Thread }),
  ),
  "transcript:ticket": command(
    "A link to download one session.",
    z.strictObject({ sessionId: Id, format: z.enum(["txt", "html", "json"]) }),
    z.object({ url: z.string(), expiresAt: Time }),
  ),
};

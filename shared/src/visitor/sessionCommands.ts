/** Opening, resuming, keeping and ending a session; the baton; the person's presence. */
import * as z from "zod";
import { command } from "../define.ts";
import { Comment, Count, Empty, Id } from "./primitives.ts";
import { Deadlines, Lock, Message, Receipt, Session, Snapshot } from "./shapes.ts";

export const sessionCommands = {
  "session:open": command(
    "The first command of every connection. Answers the whole visible state, or what changed since `resume.rev`. `claim: false`: a page that was passive and reconnects by itself never takes the lock.",
    z.strictObject({ resume: z.strictObject({ sessionId: Id, rev: Count }).optional(), claim: z.boolean().optional() }),
    Snapshot,
  ),
  "session:resume": command(
    "«Continue»: reopens the idle session that was offered.",
    z.strictObject({ sessionId: Id }),
    Snapshot,
  ),
  "session:start": command(
    "«Start new»: an open or idle session is ended `superseded`; the next message creates the new one.",
    z.strictObject({ sessionId: Id.optional(), threadId: Id.optional() }),
    Snapshot,
  ),
  "session:takeover": command(
    "This device becomes the active one.",
    z.strictObject({ epoch: Count.optional() }),
    z.object({ lock: Lock }),
  ),
  "session:keepalive": command("«I'm still here».", Empty, z.object({ deadlines: Deadlines })),
  "session:close": command(
    "Ends the open or idle session. `sessionId`: the one the client believes to be current.",
    z.strictObject({ sessionId: Id.optional() }),
    z.object({ session: Session }),
  ),
  "session:rate": command(
    "The visitor's rating, 1 to 5.",
    z.strictObject({ sessionId: Id, score: z.int().min(1).max(5), comment: Comment.optional() }),
    Empty,
  ),
  sync: command(
    "What changed since `rev`; with `reset` the last messages instead.",
    z.strictObject({ sessionId: Id, rev: Count }),
    z.object({
      session: Session,
      lock: Lock,
      deadlines: Deadlines,
      receipts: z.array(Receipt),
      rev: Count,
      changes: z.array(Message),
      reset: z.boolean(),
    }),
  ),
  "presence:set": command("The page was hidden or shown.", z.strictObject({ visible: z.boolean() }), Empty),
};

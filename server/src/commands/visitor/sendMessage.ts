/** message:send: appends once, announces the message, and the session when it is new. */

import type { Deadlines, Message, Session } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../../announcement.ts";
import { notFound } from "../../refused.ts";
import { NO_DEADLINES } from "../../session/deadlines.ts";
import type { Result } from "../../transcript/appendQueue.ts";
import type { Caller, Handler, House } from "./handler.ts";

export const sendMessage: Handler<"message:send"> = async (caller, payload, house) => {
  // No file was ever uploaded here, and threads other than the session's own come later: unknown ids, like any other.
  if (payload.fileIds?.length) throw notFound("file");
  const current = payload.sessionId ?? house.currentSessions.of(caller.userId);
  const result = await house.transcript.append({
    userId: caller.userId,
    site: caller.site.id,
    keys: caller.keys,
    epoch: caller.epoch,
    sender: "visitor",
    clientId: payload.clientId,
    author: { kind: "visitor", ...(caller.user.name !== undefined && { name: caller.user.name }) },
    kind: "text",
    body: { text: payload.text },
    status: "complete",
    ...(payload.replyTo !== undefined && { replyTo: payload.replyTo }),
    ...(payload.threadId !== undefined && { threadId: payload.threadId }),
    session: current === undefined ? undefined : { id: current, named: payload.sessionId !== undefined },
    ...house.turns.opening(caller.site, payload.text),
  });
  follow(caller, result, house);
  const { message } = result;
  return {
    data: { message, rev: message.rev, deadlines: await deadlinesAfter(caller, result, house) },
    announce: announcements(caller, result, house),
    appended: result.appended,
  };
};

function follow(caller: Caller, result: Result, house: House): void {
  if (result.appended) house.currentSessions.set(caller.userId, result.message.sessionId);
  if (result.turnOwed) house.turns.expect();
}

/** A new word makes the answer ours: no clock runs. What is repeated is answered as things stand. */
async function deadlinesAfter(caller: Caller, { appended, message }: Result, house: House): Promise<Deadlines> {
  return appended ? NO_DEADLINES : (await house.sessions.margins(caller, message.sessionId)).deadlines;
}

/** A new session is announced before its first message; a changed mode has the rev after the message's. */
function announcements(caller: Caller, result: Result, house: House): Announcement[] {
  const { appended, message, session, wasWarned, moved } = result;
  if (!appended) return [];
  const { userId } = caller;
  const { sessionId } = message;
  const before = moved.flatMap((one) => house.sessions.tell(caller, one));
  const active: Announcement = { userId, event: "session:active", payload: { sessionId, deadlines: NO_DEADLINES } };
  return [...before, ...messageAnnounced(userId, message, session), ...(wasWarned ? [active] : [])];
}

function messageAnnounced(userId: string, message: Message, session: Session | undefined): Announcement[] {
  const said: Announcement = { userId, event: "message", payload: { message, rev: message.rev } };
  if (!session) return [said];
  const updated: Announcement = { userId, event: "session:updated", payload: { session, rev: session.rev } };
  return session.rev === message.rev ? [updated, said] : [said, updated];
}

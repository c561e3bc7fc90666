/** message:send: appends once, announces the message, and the session when it is new. */

import type { Announcement } from "../../announcement.ts";
import { notFound } from "../../refused.ts";
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
    data: { message, rev: message.rev, deadlines: house.sessions.deadlines() },
    announce: announcements(caller, result),
    appended: result.appended,
  };
};

function follow(caller: Caller, result: Result, house: House): void {
  if (result.appended) house.currentSessions.set(caller.userId, result.message.sessionId);
  if (result.turnOwed) house.turns.expect();
}

/** A new session is announced before its first message; a changed mode has the rev after the message's. */
function announcements(caller: Caller, { appended, message, session }: Result): Announcement[] {
  if (!appended) return [];
  const { userId } = caller;
  const said: Announcement = { userId, event: "message", payload: { message, rev: message.rev } };
  if (!session) return [said];
  const updated: Announcement = { userId, event: "session:updated", payload: { session, rev: session.rev } };
  return session.rev === message.rev ? [updated, said] : [said, updated];
}

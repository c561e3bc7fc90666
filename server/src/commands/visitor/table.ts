/**
 * Which commands this gateway serves. The rest of the wire is declared in shared and answers `unknown_event` until its
 * handler is here: moving a name from one table to the other is all that serving it takes at the door.
 */
import type { VisitorCommandName } from "@baton/shared/commands";
import { closeSession } from "./closeSession.ts";
import { deleteMessage } from "./deleteMessage.ts";
import { editMessage } from "./editMessage.ts";
import { giveFeedback } from "./giveFeedback.ts";
import type { Handler } from "./handler.ts";
import { listSessions, pageHistory } from "./history.ts";
import { keepAlive } from "./keepAlive.ts";
import { logOut } from "./logOut.ts";
import { markRead } from "./markRead.ts";
import { rateSession } from "./rateSession.ts";
import { refreshToken } from "./refreshToken.ts";
import { resumeSession } from "./resumeSession.ts";
import { sendMessage } from "./sendMessage.ts";
import { setDraft } from "./setDraft.ts";
import { setPresence } from "./setPresence.ts";
import { setTyping } from "./setTyping.ts";
import { startSession } from "./startSession.ts";
import { stopReply } from "./stopReply.ts";
import { syncSession } from "./syncSession.ts";
import { takeOver } from "./takeOver.ts";

/** `session:open` is the door's own: only it turns a connection into a caller. */
type AtTheDoor = "session:open";

export const NOT_SERVED_YET = [
  "reply:retry",
  "history:search",
  "thread:list",
  "thread:switch",
  "context:update",
  "memory:list",
  "memory:correct",
  "memory:forget",
  "memory:set",
  "file:ticket",
  "transcript:ticket",
  "handover:create",
  "handover:confirm",
] as const satisfies readonly VisitorCommandName[];

export type ServedCommand = Exclude<VisitorCommandName, AtTheDoor | (typeof NOT_SERVED_YET)[number]>;

export const handlers: { readonly [E in ServedCommand]: Handler<E> } = {
  "message:send": sendMessage,
  "message:edit": editMessage,
  "message:delete": deleteMessage,
  "message:feedback": giveFeedback,
  "reply:stop": stopReply,
  sync: syncSession,
  "history:page": pageHistory,
  "history:sessions": listSessions,
  "typing:set": setTyping,
  "presence:set": setPresence,
  "receipt:read": markRead,
  "draft:set": setDraft,
  "session:resume": resumeSession,
  "session:start": startSession,
  "session:takeover": takeOver,
  "session:keepalive": keepAlive,
  "session:close": closeSession,
  "session:rate": rateSession,
  "auth:refresh": refreshToken,
  "auth:logout": logOut,
};

/** What a device that only watches may send; protocol.md, «A passive device». The rest needs the baton. */
export const PASSIVE_MAY: ReadonlySet<ServedCommand> = new Set<ServedCommand>([
  "sync",
  "history:page",
  "history:sessions",
  "receipt:read",
  "presence:set",
  "auth:refresh",
  "auth:logout",
  "session:takeover",
]);

/** What ends a session: whatever its connection says behind it belongs to what comes then. */
export const ENDS: ReadonlySet<ServedCommand> = new Set<ServedCommand>(["session:close", "session:start"]);

/** What takes the baton when nobody live holds it. */
export const TAKES: ReadonlySet<ServedCommand> = new Set<ServedCommand>([
  "message:send",
  "session:keepalive",
  "session:resume",
  "session:start",
]);

/** A payload that would be taken, for every command that is declared: what hostile ones are made from. */
import { type VisitorCommandName, type VisitorPayloadIn, visitorCommands } from "@baton/shared/commands";
import { nanoid } from "nanoid";

export type Known = { sessionId: string; messageId: string; userToken: string };

type Payloads = { [E in VisitorCommandName]: VisitorPayloadIn<E> };

export const commandNames = Object.keys(visitorCommands) as VisitorCommandName[];

export function goodPayloads({ sessionId, messageId, userToken }: Known): Payloads {
  return {
    "session:open": { resume: { sessionId, rev: 0 }, claim: true },
    "session:resume": { sessionId },
    "session:start": { sessionId },
    "session:takeover": { epoch: 1 },
    "session:keepalive": {},
    "session:close": { sessionId },
    "session:rate": { sessionId, score: 3, comment: "fine" },
    sync: { sessionId, rev: 0 },
    "presence:set": { visible: true },
    "message:send": { clientId: nanoid(), text: "hello", sessionId, threadId: "t", replyTo: messageId, fileIds: ["f"] },
    "message:edit": { messageId, text: "edited", rev: 1 },
    "message:delete": { messageId, rev: 1 },
    "message:feedback": { messageId, value: "up", comment: "good" },
    "reply:stop": { messageId },
    "reply:retry": { messageId },
    "history:page": { sessionId, beforeSeq: 9, limit: 10 },
    "history:sessions": { before: sessionId, limit: 10 },
    "history:search": { query: "hello", limit: 10 },
    "thread:list": {},
    "thread:switch": { threadId: "t" },
    "transcript:ticket": { sessionId, format: "txt" },
    "draft:set": { text: "a draft" },
    "typing:set": { typing: true },
    "receipt:read": { sessionId, seq: 1 },
    "context:update": { page: { url: "https://shop.example/", title: "Shop" }, attributes: { plan: "pro" } },
    "file:ticket": { name: "a.txt", size: 1, type: "text/plain" },
    "auth:refresh": { userToken },
    "auth:logout": {},
    "memory:list": {},
    "memory:correct": { factId: "f", statement: "no" },
    "memory:forget": { factId: "f" },
    "memory:set": { enabled: true },
    "handover:create": {},
    "handover:confirm": { accept: true },
  };
}

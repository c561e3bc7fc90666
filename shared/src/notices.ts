/** Everything that may be said downwards. */
import type { NoticeOf, Notices, ServerToClient } from "./define.ts";
import { messageNotices, personNotices, sessionNotices } from "./visitor/notices.ts";

export const visitorNotices = { ...messageNotices, ...sessionNotices, ...personNotices } satisfies Notices;

export type VisitorNotices = typeof visitorNotices;
export type VisitorNoticeName = keyof VisitorNotices;
export type VisitorNotice<E extends VisitorNoticeName> = NoticeOf<VisitorNotices[E]>;
export type VisitorFromServer = ServerToClient<VisitorNotices>;

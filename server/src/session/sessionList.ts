/** The sessions of a user, newest first. */
import type { Message, SessionSummary } from "@baton/shared/visitor/shapes";
import { notFound } from "../refused.ts";
import { firstThatFit } from "../transcript/sync.ts";
import type { Reader, Transcript } from "../transcript/transcript.ts";
import { toSession } from "./sessionRow.ts";
import type { SessionStore, SummaryRow } from "./sessionStore.ts";

export type SessionList = (
  reader: Reader,
  of: { before: string | undefined; limit: number },
) => Promise<{ sessions: SessionSummary[]; hasMore: boolean }>;

export function createSessionList(store: SessionStore, transcript: Transcript): SessionList {
  return async (reader, of) => {
    const { userId } = reader;
    if (of.before !== undefined && !(await store.stateOf(userId, of.before))) throw notFound("session");
    const rows = await store.list({ userId, before: of.before, limit: of.limit + 1 });
    const asked = rows.slice(0, of.limit).map((row) => toSummary(row, transcript.open(reader, lastOf(row))[0]));
    const sessions = [...firstThatFit(asked)];
    return { sessions, hasMore: rows.length > sessions.length };
  };
}

function lastOf(row: SummaryRow) {
  return row.last_message ? [row.last_message] : [];
}

function toSummary(row: SummaryRow, last: Message | undefined): SessionSummary {
  const said = last && { text: last.text, author: last.author, createdAt: last.createdAt };
  return { ...toSession(row.session), messageCount: row.message_count, ...(said && { lastMessage: said }) };
}

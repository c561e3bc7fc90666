/** Everything that is stored of one person, as they may read it themselves. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Visitor } from "./visitor.ts";

const PAGE = 100;

/** All sessions, the oldest first, each from its first place on. */
export async function transcriptOf(reader: Visitor): Promise<Message[]> {
  const { sessions } = await reader.askPatiently("history:sessions", { limit: PAGE });
  const all: Message[] = [];
  for (const { id } of sessions.toReversed()) all.push(...(await wholeSession(reader, id)));
  return all;
}

async function wholeSession(reader: Visitor, sessionId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (let hasMore = true; hasMore; ) {
    const beforeSeq = messages[0]?.seq;
    const before = beforeSeq !== undefined && { beforeSeq };
    const page = await reader.askPatiently("history:page", { sessionId, limit: PAGE, ...before });
    messages.unshift(...page.messages);
    // A page that is empty and promises more would be asked for ever.
    hasMore = page.hasMore && page.messages.length > 0;
  }
  return messages;
}

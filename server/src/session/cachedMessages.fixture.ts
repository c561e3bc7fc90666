/** People's keys, and what of them may be cached. Used by snapshotCache.test.ts and redisCache.test.ts. */
import { randomUUID } from "node:crypto";
import { createVault, sealText } from "../transcript/vault.ts";
import { aboutOf, type CachedMessages, type Sealed } from "./snapshotCache.ts";

const vault = createVault(Buffer.alloc(32, 1));

/** Somebody new, with a session of theirs. */
export function somebody() {
  const reader = { userId: randomUUID(), keys: vault.keyring([vault.newKey()]) };
  const sessionId = randomUUID();
  const place = { userId: reader.userId, sessionId };
  /** As the cache itself seals it, but for the text. */
  const sealedAs = (text: string, about = aboutOf(sessionId)): Sealed => ({
    rev: 3,
    bytes: sealText(reader.keys, about, text),
  });
  return { reader, sessionId, place, sealedAs, at: (rev: number) => ({ id: sessionId, rev }) };
}

export function cached(rev: number, text = "hello"): CachedMessages {
  const message = {
    id: "m",
    sessionId: "s",
    seq: 1,
    rev: 1,
    threadId: "t",
    author: { kind: "visitor" as const, id: "ada" },
    kind: "text" as const,
    text,
    status: "complete" as const,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
  return { rev, messages: [message], hasMore: false };
}

/** What may be found sealed, and is not for this reader, or not for anybody. */
export function unreadable({ sealedAs, sessionId }: ReturnType<typeof somebody>): Record<string, Sealed> {
  const text = `j${JSON.stringify(cached(3))}`;
  const good = sealedAs(text);
  const damaged = Buffer.from(good.bytes);
  damaged[40] = (damaged[40] ?? 0) ^ 1;
  return {
    "no sealed content": { rev: 3, bytes: Buffer.from("garbage") },
    nothing: { rev: 3, bytes: Buffer.alloc(0) },
    "cut short": { rev: 3, bytes: good.bytes.subarray(0, -1) },
    damaged: { rev: 3, bytes: damaged },
    "of another session": sealedAs(text, aboutOf("other")),
    "of another version of the wire": sealedAs(text, `cache 0123456789abcdef ${sessionId}`),
    "under another's key": somebody().sealedAs(text, aboutOf(sessionId)),
    "said to be of another rev": { ...good, rev: 9_007_199_254_740_991 },
    "no JSON": sealedAs("j{"),
    null: sealedAs("jnull"),
    "without messages": sealedAs('j{"rev":3}'),
    "without a rev": sealedAs('j{"messages":[]}'),
    "with a rev that is none": sealedAs('j{"rev":"3","messages":[]}'),
    "no compressed content": sealedAs("zzzz"),
  };
}

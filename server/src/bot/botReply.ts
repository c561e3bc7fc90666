/** A reply as it is appended: with its first piece, or as an apology. PURE. */
import type { Append } from "../transcript/appendQueue.ts";
import type { Bot } from "./bot.ts";
import type { ClaimedTurn, LoadedTurn } from "./turnStore.ts";

type Said = { text: string; status: "streaming" | "failed" };

export function botReply(turn: ClaimedTurn, bot: Bot, { user }: LoadedTurn, { text, status }: Said): Append {
  return {
    userId: user.id,
    site: turn.site,
    keys: user.keys,
    epoch: null,
    sender: "bot",
    author: { kind: "bot", id: "bot", name: bot.name },
    kind: "text",
    body: { text },
    status,
    session: { id: turn.sessionId, named: true },
  };
}

/** What a running turn tells the visitor's connections, in the words of the protocol. */
import type { Message, Session } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import type { ClaimedTurn } from "./turnStore.ts";

export type TurnVoice = ReturnType<typeof createTurnVoice>;

export function createTurnVoice(turn: ClaimedTurn, announce: (announcements: readonly Announcement[]) => void) {
  const { userId, sessionId, attempt } = turn;
  return {
    typing(typing: boolean): void {
      announce([{ userId, event: "typing", payload: { sessionId, author: { kind: "bot", id: "bot" }, typing } }]);
    },
    message(message: Message): void {
      announce([{ userId, event: "message", payload: { message, rev: message.rev } }]);
    },
    delta(messageId: string, offset: number, text: string): void {
      announce([{ userId, event: "reply:delta", payload: { messageId, attempt, offset, text } }]);
    },
    session(session: Session): void {
      announce([{ userId, event: "session:updated", payload: { session, rev: session.rev } }]);
    },
    place(position: number): void {
      announce([{ userId, event: "queue:position", payload: { sessionId, position } }]);
    },
  };
}

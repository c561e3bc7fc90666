/** What happened to a session, as the people in the conversation are told. PURE. */
import type { Deadlines, Message, Session } from "@baton/shared/visitor/shapes";
import type { Announcement } from "../announcement.ts";
import { type ClockPolicy, deadlinesOf } from "./deadlines.ts";
import { toSession, toState } from "./sessionRow.ts";
import type { Effect } from "./sessionState.ts";
import type { Moved } from "./sessionStore.ts";

/** One transaction's news of a session, in the order in which it happened. */
export type SessionNews = {
  readonly userId: string;
  readonly session: Session;
  readonly deadlines: Deadlines;
  readonly effects: readonly Effect[];
  /** Replies that were being written when it ended. */
  readonly interrupted: readonly Message[];
};

/** @param messages what was interrupted, opened */
export function newsOf({ row, effects }: Moved, policy: ClockPolicy, messages: readonly Message[] = []): SessionNews {
  const deadlines = deadlinesOf(toState(row), policy);
  return { userId: row.user_id, session: toSession(row), deadlines, effects, interrupted: messages };
}

/** @param now milliseconds of the epoch, the database's clock */
export function tellNews(
  { userId, session, deadlines, effects, interrupted }: SessionNews,
  now: number,
): Announcement[] {
  const cut = interrupted.map(
    (message): Announcement => ({ userId, event: "message", payload: { message, rev: message.rev } }),
  );
  return [...cut, ...effects.flatMap((effect) => tellEffect(effect))];

  function tellEffect(effect: Effect): Announcement[] {
    const { id: sessionId, rev } = session;
    switch (effect.kind) {
      case "warned": {
        const closesAt = new Date(effect.closesAt).toISOString();
        const remainingMs = Math.max(0, effect.closesAt - now);
        return [{ userId, event: "session:warning", payload: { sessionId, closesAt, remainingMs } }];
      }
      case "active":
        return [{ userId, event: "session:active", payload: { sessionId, deadlines } }];
      case "idled": {
        // It ended in the same breath: nobody can resume it any more.
        if (session.state !== "idle" || deadlines.endAt === null) return [];
        const at = new Date(effect.at).toISOString();
        return [{ userId, event: "session:idle", payload: { session, at, resumableUntil: deadlines.endAt, rev } }];
      }
      case "reopened":
        return [{ userId, event: "session:updated", payload: { session, rev } }];
      case "ended":
        return [{ userId, event: "session:ended", payload: { session, reason: effect.reason, rev } }];
    }
  }
}

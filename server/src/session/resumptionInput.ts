/** What deciding about coming back is made from, and what is decided. Plain values: no row, no socket. */
import type { Policy, Resumption, Session } from "@baton/shared/visitor/shapes";

/** Times are milliseconds of the epoch, by the database's clock. */
export type LastSession = {
  readonly id: string;
  readonly threadId: string;
  readonly state: Session["state"];
  readonly lastActivityAt: number;
  readonly endedAt?: number;
  readonly endReason?: Session["endReason"];
  readonly mode: Session["mode"];
  readonly agentId?: string;
  /** Nobody has said that it is settled. */
  readonly unresolved: boolean;
};

export type Topic = { readonly words: string; readonly confidence: number; readonly sensitive: boolean };

export type Trigger =
  | { readonly kind: "connected" }
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "continue" }
  | { readonly kind: "new" }
  /** An old message was answered, or an old thread chosen. */
  | { readonly kind: "answer"; readonly sessionId: string; readonly threadId: string };

export type ResumptionInput = {
  readonly now: number;
  readonly last?: LastSession;
  readonly flow?: string;
  readonly pendingOperations: readonly string[];
  /** These and topic and summary: of the session that `trigger` answers, else of the last one. */
  readonly openQuestions: readonly string[];
  readonly topic?: Topic;
  readonly summary?: string;
  /** `identified`: the site's signed token says who; a `visitor` is known by a cookie alone. */
  readonly user: { readonly kind: "visitor" | "identified"; readonly name?: string };
  readonly memory: boolean;
  readonly trigger: Trigger;
  readonly policy: Pick<Policy, "softExpiryMs" | "hardExpiryMs" | "primeWindowMs">;
  /** The site's own words. */
  readonly texts: Readonly<Record<string, string>>;
};

/** For the log, the console and `baton resume`. */
export type Reason =
  | "nobody_known"
  | "memory_off"
  | "not_verified"
  | "said_new"
  | "chose_new_before"
  | "said_continue"
  | "answered_old"
  | "agent_case"
  | "clock_set_back"
  | "still_open"
  | "wrote_while_idle"
  | "idle"
  | "offers_nothing"
  | "within_window"
  | "beyond_window"
  | "window_off"
  | "topic_unsure"
  | "topic_sensitive";

/** `messages`: the session's own; `thread`: earlier ones of its thread; `recall`: what memory finds for the first message. */
export type Load = "messages" | "thread" | "summary" | "facts" | "questions" | "recall";

export type ResumptionDecision = {
  readonly kind: Resumption["kind"];
  readonly source?: string;
  readonly gapMs?: number;
  /** The thread that goes on; absent: a new one. */
  readonly threadId?: string;
  /** The agent who keeps the case; with `primed` the new session is theirs. */
  readonly agentId?: string;
  readonly load: readonly Load[];
  /** `wait`: for the answer to the offer. `drop`: it stays behind in the session that has ended. */
  readonly flow: "none" | "goOn" | "wait" | "drop";
  /** Side effects that were pending. `confirm`: asked about once more before anything is done. */
  readonly operations: "none" | "goOn" | "confirm" | "drop";
  readonly greeting?: string;
  readonly suggestions?: readonly string[];
  /** What may be said on the screen of the last session; without it: nothing. */
  readonly told?: { readonly topic?: string; readonly summary?: string; readonly openQuestions: readonly string[] };
  readonly reasons: readonly Reason[];
};

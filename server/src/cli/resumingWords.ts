/** In plain words what a decision about coming back says in codes. For `baton resume`. */
import type { Load, Reason, ResumptionDecision } from "../session/resumptionInput.ts";

export const KINDS: Readonly<Record<ResumptionDecision["kind"], string>> = {
  none: "nothing is known of them",
  restored: "the same session goes on, and nothing is asked",
  offer: "they are asked whether to continue or to start new; typing means continue",
  primed: "a new session begins, and the last one stays readable above it",
  fresh: "a new session begins, with a neutral welcome",
};

export const REASONS: Readonly<Record<Reason, string>> = {
  nobody_known: "They were never here, or everything of them was erased.",
  memory_off: "Memory is off: nothing personal is recalled.",
  not_verified: "Nobody has verified who they are: on the strength of a cookie nothing personal is recalled.",
  said_new: "They asked for something new.",
  chose_new_before: "They pressed «Start new» before they left.",
  said_continue: "They asked to continue, which counts however long it was.",
  answered_old: "They answered an old message: its thread goes on.",
  agent_case: "A person owns their case and it is not resolved: it goes on for up to 7 d.",
  clock_set_back: "The clock was set back, which counts as no time at all.",
  still_open: "The session is still open.",
  wrote_while_idle: "The session is idle, and they wrote: typing means continue.",
  idle: "The session is idle: nothing is lost, but enough time went by to ask.",
  offers_nothing: "It ends with its soft expiry here: nothing is ever offered.",
  within_window: "It has ended, and not longer ago than primeWindowMs.",
  beyond_window: "It ended longer ago than primeWindowMs.",
  window_off: "It has ended, and primeWindowMs is 0: a new session never knows the last one.",
  topic_unsure: "The topic is not named: its confidence is not above 0.7.",
  topic_sensitive: "It is a sensitive matter: nothing of it stands on the screen.",
};

export const LOADS: Readonly<Record<Load, string>> = {
  messages: "the session's messages",
  thread: "earlier messages of the thread",
  summary: "the summary",
  facts: "the facts",
  questions: "the open questions",
  recall: "what memory finds for the first message",
};

export const FLOWS: Readonly<Record<ResumptionDecision["flow"], string>> = {
  none: "none",
  goOn: "goes on where it was",
  wait: "waits for their answer",
  drop: "stays behind",
};

export const OPERATIONS: Readonly<Record<ResumptionDecision["operations"], string>> = {
  none: "none",
  goOn: "goes on",
  confirm: "is confirmed again before anything is done",
  drop: "is not done",
};

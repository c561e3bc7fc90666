/** What answers visitors: one port, each connector one file. */
import type { Message } from "@baton/shared/visitor/shapes";

/** Everything a bot is given for one answer. */
export type BotTurn = {
  readonly id: string;
  /** From 1; a turn whose process was killed is asked again. */
  readonly attempt: number;
  readonly session: { readonly id: string; readonly context: Readonly<Record<string, unknown>> };
  readonly user: { readonly id: string; readonly name?: string; readonly verified: boolean };
  /** What the visitor has said since the last answer, in order; at least one. */
  readonly messages: readonly Message[];
};

export type BotEvent =
  /** The next piece of the reply. */
  | { readonly kind: "text"; readonly text: string }
  /** What can be pressed under the reply; pressing one sends its text. */
  | { readonly kind: "options"; readonly options: readonly string[] }
  /** The session's context as it is to be from now on. Written with the finished reply, or not at all. */
  | { readonly kind: "context"; readonly context: Readonly<Record<string, unknown>> }
  /** A person is wanted: the session goes into the queue. */
  | { readonly kind: "handoff" };

export type Bot = {
  readonly name: string;
  /** While the session waits for a person: does this text ask for the bot again? */
  isCalledBy(text: string): boolean;
  /** Deterministic where it can be: a turn is asked again after a crash. */
  answer(turn: BotTurn, signal: AbortSignal): AsyncIterable<BotEvent>;
};

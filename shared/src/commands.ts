/** Everything that may be said upwards: the table of contents of the wire. */
import type { ClientToServer, Commands, DataOf, PayloadIn, PayloadOf } from "./define.ts";
import { composingCommands } from "./visitor/composingCommands.ts";
import { historyCommands } from "./visitor/historyCommands.ts";
import { messageCommands } from "./visitor/messageCommands.ts";
import { personCommands } from "./visitor/personCommands.ts";
import { sessionCommands } from "./visitor/sessionCommands.ts";

export const visitorCommands = {
  ...sessionCommands,
  ...messageCommands,
  ...historyCommands,
  ...composingCommands,
  ...personCommands,
} satisfies Commands;

export type VisitorCommands = typeof visitorCommands;
export type VisitorCommandName = keyof VisitorCommands;
export type VisitorPayload<E extends VisitorCommandName> = PayloadOf<VisitorCommands[E]>;
export type VisitorPayloadIn<E extends VisitorCommandName> = PayloadIn<VisitorCommands[E]>;
export type VisitorData<E extends VisitorCommandName> = DataOf<VisitorCommands[E]>;
export type VisitorToServer = ClientToServer<VisitorCommands>;

/** What a person is told while there is no line, and after how long (experience.md). Pure. */
import type { Line } from "../chat/chatState.ts";
import type { ConnectionState } from "./connectionState.ts";

export type OutageStep = { line: Line; afterMs: number };

const RECONNECTING: OutageStep = { line: "reconnecting", afterMs: 3_000 };
const OFFLINE: OutageStep = { line: "offline", afterMs: 10_000 };

/** Of a line that was there. */
export const OUTAGE: readonly OutageStep[] = [RECONNECTING, OFFLINE];

/** `null`: there is a line, or none is wanted. A first connection reconnects nothing, and asking who comes is no outage. */
export function outage(state: ConnectionState): readonly OutageStep[] | null {
  switch (state.kind) {
    case "off":
    case "open":
    case "refused":
      return null;
    case "asking":
      return state.first ? [] : OUTAGE;
    case "waiting":
    case "connecting":
      return state.first ? [OFFLINE] : OUTAGE;
  }
}

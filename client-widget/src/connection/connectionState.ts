/**
 * When to connect, wait, ask whether the line is alive, or give up. Pure: connect.ts performs what is decided here.
 * A delay the server gave is kept even when the person comes back to the page; our own guess is not.
 */
import { fullJitter } from "./jitter.ts";

export type ConnectionState =
  | { kind: "off" }
  | { kind: "waiting"; attempt: number; told: boolean; first: boolean }
  /** Who the person is must be known before a link is opened; that may take as long as the site's page likes. */
  | { kind: "asking"; attempt: number; first: boolean }
  /** `first`: there was no line since the start, so none was lost. */
  | { kind: "connecting"; attempt: number; first: boolean }
  | { kind: "open"; probing: boolean }
  | { kind: "refused"; code: string };

export type ConnectionEvent =
  | { kind: "start" }
  | { kind: "stop" }
  /** Who the person is. */
  | { kind: "known" }
  /** `session:open` was answered. */
  | { kind: "opened" }
  | { kind: "lost" }
  /** The server said when to come back. */
  | { kind: "told"; afterMs: number }
  | { kind: "refused"; code: string }
  /** The network is back, the page is seen again, or a person pressed «Try now». */
  | { kind: "wake" }
  | { kind: "due" }
  | { kind: "answered" };

export type ConnectionEffect =
  | { do: "ask" }
  | { do: "connect" }
  | { do: "disconnect" }
  | { do: "probe" }
  | { do: "wait"; ms: number };

export type ConnectionStep = { state: ConnectionState; effects: readonly ConnectionEffect[] };

const ASK: ConnectionEffect = { do: "ask" };
const CONNECT: ConnectionEffect = { do: "connect" };
const DISCONNECT: ConnectionEffect = { do: "disconnect" };

const stay = (state: ConnectionState): ConnectionStep => ({ state, effects: [] });

function tryNow(attempt: number, first: boolean): ConnectionStep {
  return { state: { kind: "asking", attempt, first }, effects: [ASK] };
}

type Waiting = Omit<Extract<ConnectionState, { kind: "waiting" }>, "kind">;

function wait(ms: number, waiting: Waiting): ConnectionStep {
  return { state: { kind: "waiting", ...waiting }, effects: [DISCONNECT, { do: "wait", ms }] };
}

function afterLoss(state: ConnectionState, random: number): ConnectionStep {
  switch (state.kind) {
    case "connecting":
      return wait(fullJitter(state.attempt, random), { attempt: state.attempt + 1, told: false, first: state.first });
    case "open":
      return wait(fullJitter(0, random), { attempt: 0, told: false, first: false });
    case "off":
    case "asking":
    case "waiting":
    case "refused":
      return stay(state);
  }
}

function afterWake(state: ConnectionState): ConnectionStep {
  switch (state.kind) {
    case "waiting":
      return state.told ? stay(state) : tryNow(0, state.first);
    case "open":
      return state.probing ? stay(state) : { state: { kind: "open", probing: true }, effects: [{ do: "probe" }] };
    case "off":
    case "asking":
    case "connecting":
    case "refused":
      return stay(state);
  }
}

function afterTold(state: ConnectionState, ms: number): ConnectionStep {
  if (state.kind !== "connecting" && state.kind !== "open") return stay(state);
  return wait(ms, { attempt: 0, told: true, first: state.kind === "connecting" && state.first });
}

const mayBeRefused = ({ kind }: ConnectionState) => kind === "asking" || kind === "connecting" || kind === "open";

/** `random` in [0, 1) is used by the one event that draws a delay. */
export function step(state: ConnectionState, event: ConnectionEvent, random: number): ConnectionStep {
  switch (event.kind) {
    case "start":
      return state.kind === "off" || state.kind === "refused" ? tryNow(0, true) : stay(state);
    case "stop":
      return state.kind === "off" ? stay(state) : { state: { kind: "off" }, effects: [DISCONNECT] };
    case "known":
      return state.kind === "asking" ? { state: { ...state, kind: "connecting" }, effects: [CONNECT] } : stay(state);
    case "opened":
      return state.kind === "connecting" ? stay({ kind: "open", probing: false }) : stay(state);
    case "lost":
      return afterLoss(state, random);
    case "told":
      return afterTold(state, event.afterMs);
    case "refused":
      return mayBeRefused(state)
        ? { state: { kind: "refused", code: event.code }, effects: [DISCONNECT] }
        : stay(state);
    case "wake":
      return afterWake(state);
    case "due":
      return state.kind === "waiting" ? tryNow(state.attempt, state.first) : stay(state);
    case "answered":
      return state.kind === "open" && state.probing ? stay({ kind: "open", probing: false }) : stay(state);
  }
}

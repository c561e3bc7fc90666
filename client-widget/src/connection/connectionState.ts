/**
 * When to connect, wait, ask whether the line is alive, or give up. Pure: connect.ts performs what is decided here.
 * A delay the server gave is kept even when the person comes back to the page; our own guess is not.
 */
import { fullJitter } from "./jitter.ts";

export type ConnectionState =
  | { kind: "off" }
  | { kind: "waiting"; attempt: number; told: boolean }
  | { kind: "connecting"; attempt: number }
  | { kind: "open"; probing: boolean }
  | { kind: "refused"; code: string };

export type ConnectionEvent =
  | { kind: "start" }
  | { kind: "stop" }
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

export type ConnectionEffect = { do: "connect" } | { do: "disconnect" } | { do: "probe" } | { do: "wait"; ms: number };

export type ConnectionStep = { state: ConnectionState; effects: readonly ConnectionEffect[] };

const CONNECT: ConnectionEffect = { do: "connect" };
const DISCONNECT: ConnectionEffect = { do: "disconnect" };

const stay = (state: ConnectionState): ConnectionStep => ({ state, effects: [] });

function connectNow(attempt: number): ConnectionStep {
  return { state: { kind: "connecting", attempt }, effects: [CONNECT] };
}

function wait(attempt: number, ms: number, told: boolean): ConnectionStep {
  return { state: { kind: "waiting", attempt, told }, effects: [DISCONNECT, { do: "wait", ms }] };
}

function afterLoss(state: ConnectionState, random: number): ConnectionStep {
  switch (state.kind) {
    case "connecting":
      return wait(state.attempt + 1, fullJitter(state.attempt, random), false);
    case "open":
      return wait(0, fullJitter(0, random), false);
    case "off":
    case "waiting":
    case "refused":
      return stay(state);
  }
}

function afterWake(state: ConnectionState): ConnectionStep {
  switch (state.kind) {
    case "waiting":
      return state.told ? stay(state) : connectNow(0);
    case "open":
      return state.probing ? stay(state) : { state: { kind: "open", probing: true }, effects: [{ do: "probe" }] };
    case "off":
    case "connecting":
    case "refused":
      return stay(state);
  }
}

const alive = (state: ConnectionState) => state.kind === "connecting" || state.kind === "open";

/** `random` in [0, 1) is used by the one event that draws a delay. */
export function step(state: ConnectionState, event: ConnectionEvent, random: number): ConnectionStep {
  switch (event.kind) {
    case "start":
      return state.kind === "off" || state.kind === "refused" ? connectNow(0) : stay(state);
    case "stop":
      return state.kind === "off" ? stay(state) : { state: { kind: "off" }, effects: [DISCONNECT] };
    case "opened":
      return state.kind === "connecting" ? stay({ kind: "open", probing: false }) : stay(state);
    case "lost":
      return afterLoss(state, random);
    case "told":
      return alive(state) ? wait(0, event.afterMs, true) : stay(state);
    case "refused":
      return alive(state) ? { state: { kind: "refused", code: event.code }, effects: [DISCONNECT] } : stay(state);
    case "wake":
      return afterWake(state);
    case "due":
      return state.kind === "waiting" ? connectNow(state.attempt) : stay(state);
    case "answered":
      return state.kind === "open" && state.probing ? stay({ kind: "open", probing: false }) : stay(state);
  }
}

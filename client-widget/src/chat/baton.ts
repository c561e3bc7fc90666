/** What the server says of the baton and of the clock. Pure. The widget shows both and decides neither. */
import type { Deadlines, Lock } from "@baton/shared/visitor/shapes";
import type { ChatState } from "./chatState.ts";

export function putLock(state: ChatState, lock: Lock): ChatState {
  const lost = !lock.mine && (state.lost || state.lock?.mine === true);
  return { ...state, lock, lost, rival: lock.mine ? state.rival : (lock.holder ?? state.rival) };
}

/** What comes late carries a lower epoch. */
export function takeLock(state: ChatState, lock: Lock): ChatState {
  return state.lock && lock.epoch < state.lock.epoch ? state : putLock(state, lock);
}

/** A command of ours was taken, so the baton is here, whether or not we have been told yet. */
export function tookPart(state: ChatState): ChatState {
  return state.lock && !state.lock.mine ? { ...state, syncAdvised: true } : state;
}

/** Activity ended a warning. */
export function stays(state: ChatState): ChatState {
  return state.pausesAt === null ? state : { ...state, pausesAt: null };
}

/** The whole truth at once: a warned session is one with no warning ahead and its pause near. `now` is the server's. */
export function takeDeadlines(state: ChatState, deadlines: Deadlines, now: number): ChatState {
  const pausesAt = deadlines.warnAt === null && deadlines.idleAt !== null ? Date.parse(deadlines.idleAt) : null;
  const near = pausesAt !== null && pausesAt - now <= (state.policy?.warnBeforeMs ?? 0);
  return { ...state, pausesAt: near ? pausesAt : null };
}

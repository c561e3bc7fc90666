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

/**
 * The whole truth at once: warned is who was due to be by now. Where nothing is due the pause may be near all the same,
 * and no press puts it off. `now` is the server's.
 */
export function takeDeadlines(state: ChatState, { warnAt, idleAt }: Deadlines, now: number): ChatState {
  const warned = warnAt !== null && idleAt !== null && Date.parse(warnAt) <= now;
  return { ...state, pausesAt: warned ? Date.parse(idleAt) : null };
}

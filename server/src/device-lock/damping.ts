/**
 * Two devices that fight for the baton cannot spin. Asked for each pressed takeover that would change the device; opening
 * and a first word are not pressed. Rule: sessions.md, «One active device».
 */
import { performance } from "node:perf_hooks";

const FREE_PRESSES = 3;
const WITHIN_MS = 60_000;
const WAIT_MS = 10_000;
/** Nobody presses for so many people within a minute; whoever makes us count them is not given our memory. */
const MAX_USERS = 100_000;

/** `times` of the presses that counted, oldest first; while `until` lies ahead the user waits. */
type Presses = { readonly times: readonly number[]; readonly until: number };

export type Damping = {
  /** Whole milliseconds to wait, or 0: this one may go on, and was counted. */
  press(userId: string): number;
};

type DampingParts = {
  /** Real milliseconds, also under the test clock: this limit protects people from each other, not a deadline. */
  now?(): number;
  maxUsers?: number;
};

export function createDamping({ now = () => performance.now(), maxUsers = MAX_USERS }: DampingParts = {}): Damping {
  const pressed = new Map<string, Presses>();

  /** Re-inserted at each press that counted, the first in a Map is the one that rested longest. */
  function remember(userId: string, presses: Presses, at: number): void {
    pressed.delete(userId);
    pressed.set(userId, presses);
    for (const [oldest, { times, until }] of pressed) {
      if (pressed.size <= maxUsers && at < Math.max(until, (times.at(-1) ?? 0) + WITHIN_MS)) return;
      pressed.delete(oldest);
    }
  }

  return {
    press(userId) {
      const at = now();
      const { times, until } = pressed.get(userId) ?? { times: [], until: 0 };
      if (at < until) return Math.ceil(until - at);
      const recent = times.filter((time) => at < time + WITHIN_MS);
      if (recent.length < FREE_PRESSES) {
        remember(userId, { times: [...recent, at], until: 0 }, at);
        return 0;
      }
      // Empty: after the wait the count starts anew.
      remember(userId, { times: [], until: at + WAIT_MS }, at);
      return WAIT_MS;
    },
  };
}

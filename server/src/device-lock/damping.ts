/**
 * Two devices that fight for the baton cannot spin. Asked for each pressed takeover that would change the device; opening
 * and a first word are not pressed. Rule: sessions.md, «One active device». Here it is counted by one process.
 */
import { performance } from "node:perf_hooks";

export const FREE_PRESSES = 3;
export const WITHIN_MS = 60_000;
export const WAIT_MS = 10_000;
/** So many people do not move their chats within a minute; whoever pretends to does not get our memory. */
const MAX_USERS = 20_000;

/** `times` of the presses that counted, oldest first; while `until` lies ahead the user waits. */
type Presses = { readonly times: readonly number[]; readonly until: number };

export type Damping = {
  /** Whole milliseconds to wait, or 0: this one may go on, and was counted. */
  press(userId: string): Promise<number>;
};

type DampingParts = {
  /** Real milliseconds, also under the test clock: this limit protects people from each other, not a deadline. */
  now?(): number;
  maxUsers?: number;
};

export function createDamping({ now = () => performance.now(), maxUsers = MAX_USERS }: DampingParts = {}): Damping {
  const pressed = new Map<string, Presses>();

  function remember(userId: string, presses: Presses): void {
    // Re-inserted: a Map keeps the order of insertion, so the first key is the one that rested longest.
    pressed.delete(userId);
    pressed.set(userId, presses);
    const [oldest] = pressed.keys();
    if (oldest !== undefined && pressed.size > maxUsers) pressed.delete(oldest);
  }

  return {
    async press(userId) {
      const at = now();
      const { times, until } = pressed.get(userId) ?? { times: [], until: 0 };
      if (at < until) return Math.ceil(until - at);
      const recent = times.filter((time) => at < time + WITHIN_MS);
      if (recent.length < FREE_PRESSES) {
        remember(userId, { times: [...recent, at], until: 0 });
        return 0;
      }
      // Empty: after the wait the count starts anew.
      remember(userId, { times: [], until: at + WAIT_MS });
      return WAIT_MS;
    },
  };
}

/**
 * What one person sends is kept in the order in which they sent it, also when the database goes away in the middle: where a
 * message was refused for that, what its connection sent behind it is refused too, until it has come again. Else the
 * database comes back between the two, and the repeat of the first lands behind the second.
 */
import { isStorageDown, STORAGE_AWAY } from "../postgres/storageDown.ts";
import { Refused } from "../refused.ts";

/** Beyond what the refusal tells to wait: a slow line, and a busy page. Who has not sent it again by then has given it up. */
const MARGIN_MS = 2_500;

/** @throws Refused storage_unavailable when a message that was sent before is still to come again */
export type MayGoOn = () => void;

export type HoldBack<Key extends object> = {
  /**
   * Does the sending, in its place behind those that are under way.
   * @param send asks anew whether it may go on when it has waited for anything: one before it may have been refused meanwhile
   * @throws Refused storage_unavailable
   */
  pass<T>(key: Key, clientId: string, send: (mayGoOn: MayGoOn) => Promise<T>): Promise<T>;
};

/** Met by this message, or by one that it waited behind. */
function isAway(error: unknown): boolean {
  return isStorageDown(error) || (error instanceof Refused && error.code === "storage_unavailable");
}

const UNDER_WAY = 0;

/**
 * What one connection has sent and is not done with, by clientId, in the order in which it came first: under way, or, since
 * it was refused, until when it holds back what is behind it. Real milliseconds.
 */
type Course = Map<string, number>;

function isHeldBack(course: Course, clientId: string, at: number): boolean {
  for (const [earlier, heldUntil] of course) {
    if (earlier === clientId) return false;
    if (heldUntil > at) return true;
  }
  return false;
}

/** Those before it that were given up: it has overtaken them, and if they come after all, they come behind it. */
function forgetBefore(course: Course, clientId: string): void {
  for (const [earlier, heldUntil] of course) {
    if (earlier === clientId) return;
    if (heldUntil !== UNDER_WAY) course.delete(earlier);
  }
}

/** @param now real milliseconds */
export function createHoldBack<Key extends object>(now: () => number = () => performance.now()): HoldBack<Key> {
  const courses = new WeakMap<Key, Course>();

  function courseOf(key: Key): Course {
    const course = courses.get(key) ?? new Map();
    courses.set(key, course);
    return course;
  }

  return {
    async pass(key, clientId, send) {
      const course = courseOf(key);
      const mayGoOn = (): void => {
        if (isHeldBack(course, clientId, now())) {
          throw new Refused("storage_unavailable", STORAGE_AWAY.message, { retryAfterMs: STORAGE_AWAY.retryAfterMs });
        }
      };
      // Its place is where it came first, however often it comes.
      course.set(clientId, UNDER_WAY);
      try {
        mayGoOn();
        const sent = await send(mayGoOn);
        forgetBefore(course, clientId);
        course.delete(clientId);
        return sent;
      } catch (error) {
        if (isAway(error)) course.set(clientId, now() + STORAGE_AWAY.retryAfterMs + MARGIN_MS);
        else course.delete(clientId);
        throw error;
      }
    },
  };
}

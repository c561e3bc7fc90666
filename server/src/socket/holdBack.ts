/**
 * What one person sends is kept in the order in which they sent it, also when the database goes away in the middle: where a
 * message was refused for that, what its connection sent behind it is refused too, until it has come again. Else the
 * database comes back between the two, and the repeat of the first lands behind the second.
 */
import { isStorageDown, STORAGE_AWAY } from "../postgres/storageDown.ts";
import { Refused } from "../refused.ts";

/** As long as the refusal tells to wait: whoever has not sent it again by then has given it up. */
const HOLD_MS = STORAGE_AWAY.retryAfterMs;

export type HoldBack<Key extends object> = {
  /** Does the sending, unless one that was sent before it is still to come again. @throws Refused storage_unavailable */
  pass<T>(key: Key, clientId: string, send: () => Promise<T>): Promise<T>;
};

/** Met by this message, or by one that it waited behind. */
function isAway(error: unknown): boolean {
  return isStorageDown(error) || (error instanceof Refused && error.code === "storage_unavailable");
}

/** How one of the messages that have no answer to keep stands: `heldUntil` when it was refused, real milliseconds. */
type Sending = { heldUntil: number | undefined };

/** Of one connection, in the order in which they came first. */
type Course = { readonly sendings: Map<string, Sending>; held: number };

/** @param now real milliseconds */
export function createHoldBack<Key extends object>(now: () => number = () => performance.now()): HoldBack<Key> {
  const courses = new WeakMap<Key, Course>();

  function courseOf(key: Key): Course {
    const course = courses.get(key) ?? { sendings: new Map(), held: 0 };
    courses.set(key, course);
    return course;
  }

  /** In the course from now on. @throws Refused */
  function enter(course: Course, clientId: string): void {
    const at = now();
    const blockedUntil = course.held > 0 ? clear(course, clientId, at) : undefined;
    mark(course, clientId, blockedUntil === undefined ? undefined : at + HOLD_MS);
    if (blockedUntil === undefined) return;
    const retryAfterMs = Math.ceil(blockedUntil - at);
    throw new Refused("storage_unavailable", STORAGE_AWAY.message, { retryAfterMs });
  }

  function end(key: Key, course: Course, clientId: string): void {
    leave(course, clientId);
    // Nothing is kept for a connection at rest.
    if (course.sendings.size === 0) courses.delete(key);
  }

  return {
    async pass(key, clientId, send) {
      const course = courseOf(key);
      enter(course, clientId);
      try {
        const sent = await send();
        end(key, course, clientId);
        return sent;
      } catch (error) {
        if (isAway(error)) mark(course, clientId, now() + HOLD_MS);
        else end(key, course, clientId);
        throw error;
      }
    },
  };
}

/** Puts it last, unless it has its place. */
function mark(course: Course, clientId: string, heldUntil: number | undefined): void {
  const known = course.sendings.get(clientId);
  const { heldUntil: before } = known ?? { heldUntil: undefined };
  if (before !== undefined) course.held -= 1;
  if (heldUntil !== undefined) course.held += 1;
  if (known) known.heldUntil = heldUntil;
  else course.sendings.set(clientId, { heldUntil });
}

function leave(course: Course, clientId: string): void {
  if (course.sendings.get(clientId)?.heldUntil !== undefined) course.held -= 1;
  course.sendings.delete(clientId);
}

/**
 * Forgets those before it that were given up.
 * @returns until when one before it holds it back; undefined when it may go on, behind those that are under way
 */
function clear(course: Course, clientId: string, at: number): number | undefined {
  for (const [id, { heldUntil }] of course.sendings) {
    if (id === clientId) return undefined;
    if (heldUntil === undefined) continue;
    if (heldUntil > at) return heldUntil;
    leave(course, id);
  }
  return undefined;
}

/**
 * Who is about to log out, noted before it is in the rows: whichever look finds it there then knows the word for it. Kept by
 * revocations.ts on the node of the logout and on every other that hears of it. A note gives a word, and ends nobody.
 */

/** `deviceId` null: everywhere. */
export type LoggingOut = { readonly userId: string; readonly deviceId: string | null };
type SignedOut = LoggingOut & { readonly notBefore: Date };

/** Longer than a logout takes, and two looks. */
const KEPT_MS = 10_000;
/** Whoever comes after is told «revoked», which is true as well. */
const MOST_KEPT = 1_000;
/** A note may come that much later than the rows it is about. */
const MAY_BE_LATE_MS = 1_000;

type Note = { readonly untilMs: number; readonly notBeforeMs: number };

export type LoggingOutNotes = {
  /** @param seenUntil all that is older was looked at before, by the database's clock; undefined when nothing was */
  add(who: LoggingOut, seenUntil: Date | undefined): void;
  /** Of a sign-out in the rows: whether it was announced as the person's own doing. */
  has(signedOut: SignedOut): boolean;
};

export function createLoggingOutNotes(now: () => number = () => performance.now()): LoggingOutNotes {
  const notes = new Map<string, Note>();

  function dropLapsed(): void {
    // In the order of their ends.
    for (const [key, { untilMs }] of notes) {
      if (untilMs > now()) return;
      notes.delete(key);
    }
  }

  return {
    add(who, seenUntil) {
      dropLapsed();
      const key = keyOf(who);
      notes.delete(key);
      if (notes.size >= MOST_KEPT) return;
      notes.set(key, { untilMs: now() + KEPT_MS, notBeforeMs: (seenUntil?.getTime() ?? 0) - MAY_BE_LATE_MS });
    },
    has(signedOut) {
      dropLapsed();
      const note = notes.get(keyOf(signedOut));
      return note !== undefined && signedOut.notBefore.getTime() >= note.notBeforeMs;
    },
  };
}

/** Of two ids that anybody may have made up. */
function keyOf({ userId, deviceId }: LoggingOut): string {
  return JSON.stringify([userId, deviceId]);
}

/**
 * How much of one session has been heard. Revisions come 1, 2, 3, …; one that is missing means `sync`.
 * Any order of the same revisions leads to the same track.
 */
import type { Session } from "@baton/shared/visitor/shapes";

export type Track = {
  readonly session?: Session | undefined;
  /** Everything up to here has been heard. */
  readonly rev: number;
  /** Heard beyond a hole, ascending. */
  readonly ahead: readonly number[];
};

export const NEW_TRACK: Track = { rev: 0, ahead: [] };

export function hear(track: Track, rev: number): Track {
  if (rev <= track.rev || track.ahead.includes(rev)) return track;
  return settle({ ...track, ahead: [...track.ahead, rev].sort((a, b) => a - b) });
}

/** The server has told everything up to `rev`. */
export function hearUpTo(track: Track, rev: number): Track {
  return settle({ ...track, rev: Math.max(track.rev, rev) });
}

/** The newest of what is known about the session itself; equal revisions differ only in `lastActivityAt`. */
export function learnSession(track: Track, session: Session): Track {
  const held = track.session;
  if (held && !isNewer(session, held)) return track;
  return { ...track, session };
}

function isNewer(a: Session, b: Session): boolean {
  return a.rev > b.rev || (a.rev === b.rev && a.lastActivityAt > b.lastActivityAt);
}

function settle(track: Track): Track {
  let rev = track.rev;
  for (const next of track.ahead) if (next === rev + 1) rev = next;
  return { ...track, rev, ahead: track.ahead.filter((heard) => heard > rev) };
}

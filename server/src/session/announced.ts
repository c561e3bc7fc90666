/**
 * What the connections of this node were last told of each user: which session goes on, its rev, the epoch, a warning.
 * Compared with the rows every 15 s (comparison.ts), because the bus may lose anything. PURE but for its map.
 */
import type { VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";

export type Head = {
  /** The open or idle one; undefined while there is none. */
  readonly sessionId: string | undefined;
  readonly rev: number;
  readonly epoch: number;
  /** Undefined while nothing here says whether it was warned of. */
  readonly isWarned: boolean | undefined;
  /** Another has begun since, and that this one has ended was not told here. */
  readonly left?: string;
};

/** What a device is shown at once: a Snapshot, or the rows. */
export type Shown = Omit<Head, "isWarned"> & Partial<Pick<Head, "isWarned">>;

export type Announced = ReturnType<typeof createAnnounced>;

export function createAnnounced() {
  const heads = new Map<string, Head>();

  return {
    of: (userId: string): Head | undefined => heads.get(userId),

    /**
     * The first device here that is shown everything. What a later one is shown beyond what was announced, the first
     * has not been told: a node may have died between the commit and the word. Until it comes the rows are ahead.
     */
    show(userId: string, shown: Shown): void {
      if (!heads.has(userId)) heads.set(userId, { isWarned: undefined, ...shown });
    },

    /** All connections here ask now for what the rows hold. */
    advise(userId: string, row: Head): void {
      const known = heads.get(userId);
      if (!known) return;
      const rev = known.sessionId === row.sessionId ? Math.max(known.rev, row.rev) : row.rev;
      heads.set(userId, { ...row, rev, epoch: Math.max(known.epoch, row.epoch) });
    },

    /** Nothing is noted of a user who is not here. */
    tell<E extends VisitorNoticeName>(userId: string, event: E, payload: VisitorNotice<E>): void {
      const known = heads.get(userId);
      if (known) heads.set(userId, after(known, { event, payload } as Told));
    },

    forget: (userId: string): void => void heads.delete(userId),
  };
}

type Told = { [E in VisitorNoticeName]: { event: E; payload: VisitorNotice<E> } }[VisitorNoticeName];

function after(head: Head, { event, payload }: Told): Head {
  switch (event) {
    case "message":
      return atRev(head, payload.message.sessionId, payload.rev);
    case "session:updated":
      return updated(head, payload.session);
    case "session:idle":
      return { ...atRev(head, payload.session.id, payload.rev), isWarned: undefined };
    case "session:ended":
      return ended(head, payload.session.id);
    case "session:warning":
      return { ...head, isWarned: true };
    case "session:active":
      return { ...head, isWarned: false };
    case "lock:changed":
      return { ...head, epoch: Math.max(head.epoch, payload.lock.epoch) };
    default:
      return head;
  }
}

/** A rating is told of an ended session too. */
function updated(head: Head, { id, state, rev }: { id: string; state: string; rev: number }): Head {
  if (id === head.sessionId || state === "ended") return atRev(head, id, rev);
  const left = head.sessionId ?? head.left;
  return { ...head, sessionId: id, rev, isWarned: undefined, ...(left !== undefined && { left }) };
}

function ended(head: Head, id: string): Head {
  if (id === head.sessionId) return { ...head, sessionId: undefined, rev: 0, isWarned: undefined };
  const { left, ...others } = head;
  return id === left ? others : head;
}

/** Feedback in an ended session concerns no session that goes on. */
function atRev(head: Head, sessionId: string, rev: number): Head {
  return head.sessionId === sessionId ? { ...head, rev: Math.max(head.rev, rev) } : head;
}

/** Whether the rows hold something that nobody here was told. */
export function isBehind(head: Head, row: Head): boolean {
  if (row.epoch > head.epoch || row.sessionId !== head.sessionId || head.left !== undefined) return true;
  if (row.sessionId === undefined) return false;
  return row.rev > head.rev || (head.isWarned !== undefined && row.isWarned !== head.isWarned);
}

/** Sessions that began or ended and were not said to: nobody here could ask what became of them. */
export function unheardOf(head: Head | undefined, row: Head): string[] {
  const [was, is] = [head?.sessionId, row.sessionId];
  return [head?.left, ...(was === is ? [] : [was, is])].filter((id) => id !== undefined);
}

/** How long the checker waits before it calls something late, and how much is too much. */

export type Limits = {
  /** After faults heal, views and outboxes have so long to be right again. */
  readonly healWithinMs: number;
  /** A grant is heard by its device at most so long after a word that was accepted under it. */
  readonly grantHeardWithinMs: number;
  /** A deadline may come so late, however many nodes die. */
  readonly deadlineLateMs: number;
  /** A connection that was signed out may hear so long. */
  readonly revokedWithinMs: number;
  /** Who has been there so long, and stays so long, must be counted by the node. */
  readonly countedWithinMs: number;
  /** A node may count somebody so long after they left. */
  readonly forgottenWithinMs: number;
  /** Bytes that wait for one socket. */
  readonly queuedBytes: number;
  /** Memory that a node may hold at the end beyond its first sample. */
  readonly memoryBytes: number;
  /**
   * Whether live events of one connection must come in order of rev. Not so between nodes, where two of them announce
   * for one session and clients compare `rev`; of one node it is promised.
   */
  readonly isWireInOrder: boolean;
  /**
   * Whether everybody sends again all that waits, in order, before anything new: then words are in the order of their first
   * sending, whatever was refused or lost meanwhile. Else only what a connection carried in order must be.
   */
  readonly isOutboxInOrder: boolean;
};

export const LIMITS: Limits = {
  healWithinMs: 30_000,
  grantHeardWithinMs: 2_000,
  deadlineLateMs: 10_000,
  revokedWithinMs: 10_000,
  countedWithinMs: 1_000,
  forgottenWithinMs: 5_000,
  // 512 KB, and what one write may add to it.
  queuedBytes: 1_024 * 1_024,
  memoryBytes: 64 * 1_024 * 1_024,
  isWireInOrder: false,
  isOutboxInOrder: false,
};

/**
 * Bounds of the wire that both ends must know. No zod here: the widget imports these values.
 * Lengths of text are UTF-16 units, as JavaScript's `length` counts them.
 */
export const LIMITS = {
  /** One message's text, after Unicode NFC. */
  textUnits: 8_000,
  /** One packet from a client; a larger one ends the transport. */
  packetBytes: 65_536,
  /** Messages in one answer of `sync` or in a Snapshot with `reset: false`. */
  changes: 200,
  /** Size of one answer's messages. */
  answerBytes: 200_000,
  /** Messages in a Snapshot that starts anew. */
  snapshotMessages: 50,
  /** Rows in one page of history. */
  pageMax: 100,
  pageDefault: 50,
  commentUnits: 2_000,
  labelUnits: 100,
  /** `device.id`: nanoid's own length. */
  deviceIdUnits: 21,
} as const;

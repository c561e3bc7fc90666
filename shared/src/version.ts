/**
 * The version of the wire contract, and the hash of both tables that belongs to it.
 * `wire.test.ts` recomputes the hash: changing a name, a type or a meaning means a new line here, on purpose.
 */
export const PROTOCOL_VERSION = 1;

export const WIRE_HISTORY: ReadonlyArray<{ protocol: number; hash: string; what: string }> = [
  { protocol: 1, hash: "5678651753b1a6aa", what: "The visitor's part: commands, events, shapes." },
];

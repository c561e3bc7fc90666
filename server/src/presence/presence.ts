/**
 * The live connections of a user on other nodes; those here are known to socket/connections.ts. Never decides about a
 * message: it tells a device that left from one that only left this node, and counts connections over all nodes.
 */
export type PresentConnection = {
  readonly connectionId: string;
  readonly deviceId: string;
  readonly label: string;
  /** Tells the tabs of a device apart. */
  readonly tab?: string | undefined;
  readonly visible: boolean;
};

/** Whether a user has room for one more connection, over all nodes; unknown when only this node's can be counted. */
export type Room = "in" | "full" | "unknown";

export type Presence = {
  /** A connection opens: counted with those of all nodes, and known to them from here on unless it is full. Never rejects. */
  join(userId: string, connection: PresentConnection, most: number): Promise<Room>;
  /** A connection was shown or hidden. Never rejects, and nobody need wait for it. */
  note(userId: string, connection: PresentConnection): void;
  forget(userId: string, connectionId: string): void;
  /** Without those of nodes that died. Empty when it cannot be known. */
  elsewhere(userId: string): Promise<readonly PresentConnection[]>;
};

/** Of a node that is the only one. */
export const aloneHere: Presence = {
  join: async () => "unknown",
  note() {},
  forget() {},
  elsewhere: async () => [],
};

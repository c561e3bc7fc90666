/** The live connections of this node, by id, user and address; who may be one more. */
import type { LimitsConfig } from "../config/config.ts";
import type { PresentConnection, Room } from "../presence/presence.ts";
import { createBudgets } from "./budgets.ts";
import type { Connection } from "./connection.ts";

export function presentOf({ id, device, tab, visible }: Connection): PresentConnection {
  return { connectionId: id, deviceId: device.id, label: device.label, tab, visible };
}

export type Connections = ReturnType<typeof createConnections>;

export function createConnections(limits: LimitsConfig) {
  const ofAddress = createBudgets({
    burst: 2 * limits.addressConnectionsPerSecond,
    perSecond: limits.addressConnectionsPerSecond,
  });
  const ofUser = createBudgets({
    burst: limits.userConnectionsPerMinute,
    perSecond: limits.userConnectionsPerMinute / 60,
  });
  const all = new Map<string, Connection>();
  const byUser = new Map<string, Set<Connection>>();
  const byAddress = new Map<string, number>();
  /** Told to go, and not gone yet: they take nobody's room. */
  const beyond = new WeakSet<Connection>();

  return {
    /** @returns whether the address has room, and how long its connection waits before it may open */
    arrive(connection: Connection): { full: boolean; waitMs: number } {
      all.set(connection.id, connection);
      const count = (byAddress.get(connection.address) ?? 0) + 1;
      byAddress.set(connection.address, count);
      return { full: count > limits.addressConnections, waitMs: ofAddress.spend(connection.address) };
    },

    /** So many may one user have, over all nodes. */
    mostOfUser: limits.userConnections,

    /** @returns how long to wait when the user opens too often, or 0 */
    spendOpening: (userId: string): number => ofUser.spend(userId),

    /**
     * @param overAll the room that the user has over all nodes
     * @returns whether the user has room
     */
    joinUser(connection: Connection, userId: string, overAll: Room = "unknown"): { full: boolean } {
      // Left while its session was being opened: nobody would ever take it out again.
      if (!all.has(connection.id)) return { full: false };
      const theirs = byUser.get(userId) ?? new Set();
      byUser.set(userId, theirs.add(connection));
      const full = overAll === "full" || [...theirs].filter((one) => !beyond.has(one)).length > limits.userConnections;
      if (full) beyond.add(connection);
      return { full };
    },

    /** @returns whose last connection this was: of its user, of its device */
    leave(connection: Connection): { userId?: string; ofUser: boolean; ofDevice: boolean } {
      all.delete(connection.id);
      const count = (byAddress.get(connection.address) ?? 1) - 1;
      if (count > 0) byAddress.set(connection.address, count);
      else byAddress.delete(connection.address);
      const userId = connection.caller?.userId;
      const theirs = userId === undefined ? undefined : byUser.get(userId);
      if (userId === undefined || !theirs?.delete(connection)) return { ofUser: false, ofDevice: false };
      if (theirs.size === 0) byUser.delete(userId);
      const ofDevice = ![...theirs].some(({ device }) => device.id === connection.device.id);
      return { userId, ofUser: theirs.size === 0, ofDevice };
    },

    /** Those whose session is open, as other nodes are told of them. */
    *present(): Iterable<{ userId: string; connection: PresentConnection }> {
      for (const [userId, theirs] of byUser)
        for (const one of theirs) if (!beyond.has(one)) yield { userId, connection: presentOf(one) };
    },
    users: (): Iterable<string> => byUser.keys(),
    byId: (id: string): Connection | undefined => all.get(id),
    all: (): Iterable<Connection> => all.values(),
    ofUser: (userId: string): readonly Connection[] => [...(byUser.get(userId) ?? [])],
    get size() {
      return all.size;
    },
  };
}

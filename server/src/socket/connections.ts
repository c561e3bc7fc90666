/** The live connections of this node, by id, user and address; who may be one more. */
import type { LimitsConfig } from "../config.ts";
import type { Budgets } from "./budgets.ts";
import type { Connection } from "./connection.ts";

export type Connections = ReturnType<typeof createConnections>;

export function createConnections(limits: LimitsConfig, budgets: { ofAddress: Budgets; ofUser: Budgets }) {
  const all = new Map<string, Connection>();
  const byUser = new Map<string, Set<string>>();
  const byAddress = new Map<string, number>();

  return {
    /** @returns whether the address has room, and how long its connection waits before it may open */
    arrive(connection: Connection): { full: boolean; waitMs: number } {
      all.set(connection.id, connection);
      const count = (byAddress.get(connection.address) ?? 0) + 1;
      byAddress.set(connection.address, count);
      return { full: count > limits.addressConnections, waitMs: budgets.ofAddress.spend(connection.address) };
    },

    /** @returns whether the user has room, and how long to wait when they open too often */
    joinUser(connection: Connection, userId: string): { full: boolean; waitMs: number } {
      const waitMs = budgets.ofUser.spend(userId);
      if (waitMs > 0) return { full: false, waitMs };
      const ids = byUser.get(userId) ?? new Set();
      byUser.set(userId, ids.add(connection.id));
      return { full: ids.size > limits.userConnections, waitMs: 0 };
    },

    /** @returns the user whose last connection this was */
    leave(connection: Connection): string | undefined {
      all.delete(connection.id);
      const count = (byAddress.get(connection.address) ?? 1) - 1;
      if (count > 0) byAddress.set(connection.address, count);
      else byAddress.delete(connection.address);
      const userId = connection.caller?.userId;
      const ids = userId === undefined ? undefined : byUser.get(userId);
      ids?.delete(connection.id);
      if (userId === undefined || !ids || ids.size > 0) return undefined;
      byUser.delete(userId);
      return userId;
    },

    all: (): Iterable<Connection> => all.values(),
    ofUser: (userId: string): readonly string[] => [...(byUser.get(userId) ?? [])],
    get: (id: string): Connection | undefined => all.get(id),
    get size() {
      return all.size;
    },
  };
}

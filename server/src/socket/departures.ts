/** A connection closed: what its device and its user leave behind on this node. */
import type { House } from "../commands/visitor/handler.ts";
import type { LockKeeper } from "../device-lock/lockKeeper.ts";
import { type Log, loggedError } from "../log.ts";
import type { Presence } from "../presence/presence.ts";
import type { Announced } from "../session/announced.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";

export type DepartureParts = {
  house: Pick<House, "currentSessions" | "baton">;
  connections: Connections;
  keeper: Pick<LockKeeper, "leave" | "sendAway">;
  presence: Pick<Presence, "forget">;
  announced: Pick<Announced, "forget">;
  log: Log;
};

export function createDepartures({ house, connections, keeper, presence, announced, log }: DepartureParts) {
  async function leaveLock(userId: string, { device, returnAfterMs }: Connection): Promise<void> {
    // A node that goes away takes nobody's baton: its devices come back when they were told to, to it or to another.
    if (returnAfterMs !== undefined) return keeper.sendAway(userId, device.id, returnAfterMs);
    await keeper.leave(userId, device.id).catch((error) => {
      log.warn({ error: loggedError(error) }, "a device that left could not be told to the lock");
    });
  }

  return (connection: Connection): void => {
    const { userId, ofUser, ofDevice } = connections.leave(connection);
    if (userId === undefined) return;
    presence.forget(userId, connection.id);
    // Before the user is forgotten: the lease of a device that left is cut, not dropped.
    if (ofDevice) void leaveLock(userId, connection);
    if (!ofUser) return;
    house.currentSessions.forget(userId);
    house.baton.forget(userId);
    announced.forget(userId);
  };
}

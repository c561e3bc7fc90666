/**
 * A sign of life of a page: what it says before that may be long old, kept for a node that froze, while the page went on
 * elsewhere. Engine.IO's ping is what every client answers, in order with all that it says. Called by device-lock/baton.ts
 * when the baton passes to another device.
 */
import type { EventEmitter } from "node:events";
import type { VisitorSocket } from "./announce.ts";

/** What is private of Engine.IO's socket. */
type Engine = Pick<EventEmitter, "on" | "off"> & { sendPacket(type: "ping"): void; pingTimeoutTimer: unknown };

/** @param connection `owesLife` counts, and is 0 again once all have come. Undefined both: it has closed */
export function askForLife(socket: VisitorSocket | undefined, connection: { owesLife: number } | undefined): void {
  if (!socket || !connection) return;
  const engine = socket.conn as unknown as Engine;
  if (connection.owesLife === 0) {
    // The regular ping may be on its way already: its answer tells of a moment before this one.
    connection.owesLife = engine.pingTimeoutTimer === null ? 0 : 1;
    engine.on("heartbeat", function hear() {
      connection.owesLife -= 1;
      if (connection.owesLife === 0) engine.off("heartbeat", hear);
    });
  }
  connection.owesLife += 1;
  engine.sendPacket("ping");
}

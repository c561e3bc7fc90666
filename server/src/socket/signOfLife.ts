/**
 * A sign of life of a page: what it says before that may be long old, kept for a node that froze, while the page went on
 * elsewhere. Engine.IO's ping is what every client answers, in order with all that it says. Called by device-lock/baton.ts
 * when the baton passes to another device.
 */
import type { EventEmitter } from "node:events";
import type { VisitorSocket } from "./announce.ts";

/** What is private of Engine.IO's socket. */
type Engine = Pick<EventEmitter, "on" | "off"> & { sendPacket(type: "ping"): void; pingTimeoutTimer: unknown };

/** Pings on their way, counted only while one is asked for: an idle connection costs nothing. */
const unanswered = new WeakMap<Engine, number>();

/** @param connection `owesLife`: so many answers until the one that was asked for. Undefined both: it has closed */
export function askForLife(socket: VisitorSocket | undefined, connection: { owesLife: number } | undefined): void {
  if (!socket || !connection) return;
  const engine = socket.conn as unknown as Engine;
  if (!unanswered.has(engine)) watch(engine, connection);
  engine.sendPacket("ping");
  connection.owesLife = unanswered.get(engine) ?? 0;
}

/** Also the regular pings: the answer to an earlier one tells of an earlier moment. */
function watch(engine: Engine, connection: { owesLife: number }): void {
  unanswered.set(engine, engine.pingTimeoutTimer === null ? 0 : 1);

  function note({ type }: { type: string }): void {
    if (type === "ping") unanswered.set(engine, (unanswered.get(engine) ?? 0) + 1);
  }
  function hear(): void {
    const left = (unanswered.get(engine) ?? 1) - 1;
    unanswered.set(engine, left);
    connection.owesLife = Math.max(0, connection.owesLife - 1);
    if (left > 0) return;
    unanswered.delete(engine);
    engine.off("packetCreate", note);
    engine.off("heartbeat", hear);
  }
  engine.on("packetCreate", note);
  engine.on("heartbeat", hear);
}

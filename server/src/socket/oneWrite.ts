/**
 * What is said to one connection in one go leaves in one write: an ack and the event that follows it are two packets, and
 * were two system calls, which cost as much as deciding what to say. Measured: bench/, «as fast as it goes».
 */
import type { VisitorSocket } from "./announce.ts";

type Engine = VisitorSocket["conn"];
/** Engine.IO names neither: without them the packets still arrive, each in a write of its own. */
type Wire = { socket?: { _socket?: { cork(): void; uncork(): void } } };

/** `say` runs at once and must say all it has to say before it returns. */
export function inOneWrite(engine: Engine, say: () => void): void {
  const { transport } = engine;
  if (!transport.writable) {
    say();
    return;
  }
  const tcp = (transport as unknown as Wire).socket?._socket;
  transport.writable = false;
  tcp?.cork();
  try {
    say();
  } finally {
    flush(engine, transport);
    tcp?.uncork();
  }
}

/** A connection that was closed or upgraded meanwhile has seen to its packets itself. */
function flush(engine: Engine, transport: Engine["transport"]): void {
  if (transport.readyState !== "open") return;
  transport.writable = true;
  if (engine.transport === transport) transport.emit("ready");
}

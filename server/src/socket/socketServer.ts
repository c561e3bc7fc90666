/** The visitors' namespace: connects, lets in by the handshake, hands packets to receive, sweeps, drains. */
import type { Server as HttpServer } from "node:http";
import type { Socket } from "socket.io";
import type { House } from "../commands/visitor/handler.ts";
import type { Config } from "../config/config.ts";
import { createClientAddress } from "../identity/clientAddress.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { type Announce, createAnnounce, type VisitorSocket } from "./announce.ts";
import type { Authenticate } from "./authenticate.ts";
import { createBudgets } from "./budgets.ts";
import type { Connection } from "./connection.ts";
import { createConnections } from "./connections.ts";
import { createEngine } from "./engine.ts";
import { createHall } from "./hall.ts";
import { guardHandshakes } from "./handshake.ts";
import { createReceive } from "./receive.ts";
import { createSweep } from "./sweep.ts";

export type SocketServerParts = {
  http: HttpServer;
  config: Config;
  authenticate: Authenticate;
  house: House;
  metrics: Metrics;
  log: Log;
  now: () => number;
};

export type SocketServer = {
  readonly announce: Announce;
  /** Looks at tokens and readers now; also runs by itself every second. */
  sweep(): void;
  /** Refuses what is new and tells every client when to come back. */
  drain(reconnectAfterMs: (index: number, count: number) => number): void;
  close(): Promise<void>;
};

const SWEEP_EVERY_MS = 1_000;

export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { config, house, metrics, log } = parts;
  const { limits } = config;
  const io = createEngine(parts.http, config);
  const visitors = io.of("/visitor");
  const announce = createAnnounce(visitors);
  const connections = createConnections(limits);
  const clientAddress = createClientAddress(config.trustedProxies);
  const connectionOf = guardHandshakes(io, visitors, { ...parts, clientAddress });
  const socketOf = (connection: Connection): VisitorSocket | undefined => visitors.sockets.get(connection.id);
  let draining = false;

  const connectionBudgets = createBudgets({
    burst: limits.connectionCommandBurst,
    perSecond: limits.connectionCommandsPerSecond,
  });
  const messageBudgets = createBudgets({ burst: limits.userMessageBurst, perSecond: limits.userMessagesPerSecond });
  const hall = createHall({ house, announce, connections, socketOf, isDraining: () => draining });
  const receive = createReceive({ house, hall, connectionBudgets, messageBudgets, metrics, log });

  function leave(connection: Connection): void {
    const lastOf = connections.leave(connection);
    if (lastOf !== undefined) house.currentSessions.forget(lastOf);
    connectionBudgets.forget(connection.id);
    metrics.connections.set(connections.size);
  }

  visitors.on("connection", (socket: Socket) => {
    const connection = connectionOf(socket);
    if (!connection) return void socket.disconnect(true);
    const { full, waitMs } = connections.arrive(connection);
    connection.mayOpenAt = performance.now() + waitMs;
    metrics.connections.set(connections.size);
    // The handshake's request is not needed any more: 1 KB for each idle connection.
    Reflect.deleteProperty(socket.conn, "request");
    socket.use((packet) => receive(connection, packet));
    socket.on("disconnect", () => leave(connection));
    if (full)
      announce.end(socket, {
        code: "too_many_connections",
        message: "This address has as many connections as one may have.",
      });
  });

  const sweep = createSweep({ connections: connections.all, socketOf, announce, limits, now: parts.now });
  const timer = setInterval(sweep, SWEEP_EVERY_MS);

  return {
    announce,
    sweep,
    drain(reconnectAfterMs) {
      draining = true;
      const all = [...connections.all()];
      for (const [i, connection] of all.entries()) {
        const socket = socketOf(connection);
        const when = reconnectAfterMs(i, all.length);
        if (socket)
          announce.end(socket, { code: "draining", message: "This node is going away.", reconnectAfterMs: when });
      }
    },
    async close() {
      clearInterval(timer);
      announce.close();
      await io.close();
    },
  };
}

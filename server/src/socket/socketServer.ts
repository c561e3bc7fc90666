/** The visitors' namespace: connects, lets in by authenticate, hands packets to receive, and ends connections. */
import type { Server as HttpServer } from "node:http";
import { LIMITS } from "@baton/shared/limits";
import { Server, type Socket } from "socket.io";
import type { House } from "../commands/visitor/handler.ts";
import type { Config } from "../config.ts";
import { ConnectRefused } from "../identity/identity.ts";
import { loggedError, type Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { type Announce, createAnnounce, userRoom, type VisitorSocket } from "./announce.ts";
import { type Authenticate, connectError } from "./authenticate.ts";
import { createBudgets } from "./budgets.ts";
import type { Connection } from "./connection.ts";
import { createConnections } from "./connections.ts";
import { sameOriginThroughout } from "./engineGuard.ts";
import { createOpenDoor } from "./openDoor.ts";
import { createReceive, type Hall } from "./receive.ts";
import { judge, waitingBytes } from "./sweep.ts";

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

/** Private in its types, and the only place where what waits can be seen. */
function writeBufferOf(socket: VisitorSocket): readonly { data?: unknown }[] {
  return (socket.conn as unknown as { writeBuffer?: readonly { data?: unknown }[] }).writeBuffer ?? [];
}

const SWEEP_EVERY_MS = 1_000;
/** A transport that was refused, or says nothing, is closed so soon after its answer could be written. */
const LINGER_MS = 1_000;

export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { config, metrics, log } = parts;
  const { limits } = config;
  const io = new Server(parts.http, {
    transports: config.polling ? ["polling", "websocket"] : ["websocket"],
    serveClient: false,
    maxHttpBufferSize: LIMITS.packetBytes,
    connectTimeout: limits.handshakeMs,
    perMessageDeflate: false,
    httpCompression: false,
    cors: { origin: true },
    pingInterval: 20_000,
    pingTimeout: 15_000,
  });
  sameOriginThroughout(io);
  const visitors = io.of("/visitor");
  const announce = createAnnounce(visitors, parts.now);
  const connections = createConnections(limits, {
    ofAddress: createBudgets({ burst: limits.addressConnectionsPerSecond * 2, perSecond: limits.addressConnectionsPerSecond }),
    ofUser: createBudgets({ burst: limits.userConnectionsPerMinute, perSecond: limits.userConnectionsPerMinute / 60 }),
  });
  const connectionBudgets = createBudgets({ burst: limits.connectionCommandBurst, perSecond: limits.connectionCommandsPerSecond });
  const behindSince = new Map<string, number>();
  let draining = false;

  const socketOf = (connection: Connection): VisitorSocket | undefined => visitors.sockets.get(connection.id);
  const end = (connection: Connection, ...why: Parameters<Announce["end"]> extends [unknown, ...infer Rest] ? Rest : never): void => {
    const socket = socketOf(connection);
    if (socket) announce.end(socket, ...why);
  };

  const hall: Hall = {
    open: createOpenDoor({
      house: parts.house,
      connections,
      isDraining: () => draining,
      enter: (connection, userId) => void socketOf(connection)?.join(userRoom(userId)),
      // After the ack of the refusal has been written.
      expel: (connection, code, message) => setImmediate(() => end(connection, code, message)),
    }),
    follow(connection, { announce: said, connection: change }) {
      if (said) announce.say(said);
      if (change?.visible !== undefined) connection.visible = change.visible;
      if (change?.tokenExpiresAt !== undefined) {
        connection.tokenExpiresAt = change.tokenExpiresAt;
        connection.toldExpiring = false;
      }
      if (change?.logOut) logOut(connection);
    },
  };

  /** All tabs of the device; for an anonymous visitor, who is nothing but a token, every connection. */
  function logOut({ caller }: Connection): void {
    if (!caller) return;
    for (const id of connections.ofUser(caller.userId)) {
      const other = connections.get(id);
      const affected = other && (caller.user.kind === "visitor" || other.device.id === caller.device.id);
      if (affected) end(other, "logged_out", "The person logged out on this device.");
    }
  }

  const receive = createReceive({
    house: parts.house,
    hall,
    connectionBudgets,
    messageBudgets: createBudgets({ burst: limits.userMessageBurst, perSecond: limits.userMessagesPerSecond }),
    metrics,
    log,
  });

  const connected = new WeakSet<object>();
  const pending = new WeakMap<Socket, Connection>();

  visitors.use(async (socket, next) => {
    try {
      // Marked before the first await: of fifty CONNECTs on one transport one is answered.
      if (connected.has(socket.conn)) throw new ConnectRefused("bad_handshake", "This transport has connected already: open another.");
      connected.add(socket.conn);
      const { headers, auth, address } = socket.handshake;
      pending.set(socket, await parts.authenticate({ id: socket.id, auth, origin: headers.origin, address }));
      next();
    } catch (error) {
      refuse(socket, error, next);
    }
  });

  function refuse(socket: Socket, error: unknown, next: (error: Error) => void): void {
    if (!(error instanceof ConnectRefused)) log.error({ error: loggedError(error) }, "a handshake failed");
    const { code, message } = error instanceof ConnectRefused ? error : new ConnectRefused("bad_handshake", "The handshake could not be judged.");
    metrics.refusedConnections.inc({ code });
    next(connectError(code, message));
    setTimeout(() => socket.conn.close(), LINGER_MS).unref();
  }

  visitors.on("connection", (socket) => {
    const connection = pending.get(socket);
    if (!connection) return void socket.disconnect(true);
    const { full, waitMs } = connections.arrive(connection);
    connection.mayOpenAt = performance.now() + waitMs;
    metrics.connections.set(connections.size);
    // The handshake's request and headers are not needed any more: 1 KB for each idle connection.
    Reflect.deleteProperty(socket.conn, "request");
    socket.use((packet) => receive(connection, packet));
    socket.on("disconnect", () => {
      const gone = connections.leave(connection);
      if (gone !== undefined) parts.house.currentSessions.forget(gone);
      connectionBudgets.forget(connection.id);
      behindSince.delete(connection.id);
      metrics.connections.set(connections.size);
    });
    if (full) end(connection, "too_many_connections", "This address has as many connections as one may have.");
  });

  // The default namespace lets everyone in: nobody has business there.
  io.use((socket, next) => refuse(socket, new ConnectRefused("bad_handshake", "Connect to the namespace /visitor."), next));

  function backlogOf(connection: Connection, socket: VisitorSocket) {
    const bytes = waitingBytes(writeBufferOf(socket));
    if (bytes === 0) behindSince.delete(connection.id);
    else if (!behindSince.has(connection.id)) behindSince.set(connection.id, performance.now());
    const since = behindSince.get(connection.id);
    return { bytes, sinceMs: since === undefined ? 0 : performance.now() - since };
  }

  function sweep(): void {
    for (const connection of connections.all()) {
      const socket = socketOf(connection);
      if (!socket) continue;
      const verdict = judge(connection, backlogOf(connection, socket), { now: parts.now(), limits });
      if (verdict === "token_expired") announce.end(socket, "token_expired", "The user token has ended: return with a new one.");
      if (verdict === "slow_consumer") cutOff(socket);
      if (verdict === "token_expiring") warnOfExpiry(connection, socket);
    }
  }

  /** What waits in front of it is thrown away: it can be synced, and the memory is needed by others. */
  function cutOff(socket: VisitorSocket): void {
    announce.end(socket, "slow_consumer", "This connection does not read what it is sent.");
    socket.conn.close(true);
  }

  function warnOfExpiry(connection: Connection, socket: VisitorSocket): void {
    connection.toldExpiring = true;
    announce.tell(socket, "auth:expiring", { expiresAt: new Date(connection.tokenExpiresAt ?? 0).toISOString() });
  }

  const timer = setInterval(sweep, SWEEP_EVERY_MS);

  return {
    announce,
    sweep,
    drain(reconnectAfterMs) {
      draining = true;
      const all = [...connections.all()];
      for (const [i, connection] of all.entries()) {
        end(connection, "draining", "This node is going away.", reconnectAfterMs(i, all.length));
      }
    },
    async close() {
      clearInterval(timer);
      await io.close();
    },
  };
}

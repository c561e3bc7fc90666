/** The visitors' namespace: connects, lets in by the handshake, hands packets to receive, sweeps, drains. */
import type { Server as HttpServer } from "node:http";
import type { Socket } from "socket.io";
import type { House } from "../commands/visitor/handler.ts";
import type { Config } from "../config/config.ts";
import type { LockKeeper } from "../device-lock/lockKeeper.ts";
import { createClientAddress } from "../identity/clientAddress.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Presence } from "../presence/presence.ts";
import type { Announced } from "../session/announced.ts";
import { type Announce, createAnnounce, type Ending, type VisitorSocket } from "./announce.ts";
import type { Authenticate } from "./authenticate.ts";
import { createBudgets } from "./budgets.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { createDepartures } from "./departures.ts";
import { createEngine } from "./engine.ts";
import { createHall } from "./hall.ts";
import { guardHandshakes } from "./handshake.ts";
import { createInFlight } from "./inFlight.ts";
import { createReceive } from "./receive.ts";
import { startRounds } from "./rounds.ts";
import { askForLife } from "./signOfLife.ts";
import { createSweep } from "./sweep.ts";
import { createTurnstile } from "./turnstile.ts";

export type SocketServerParts = {
  http: HttpServer;
  config: Config;
  authenticate: Authenticate;
  house: House;
  connections: Connections;
  keeper: LockKeeper;
  announced: Announced;
  cluster: { readonly presence: Presence; readonly adapter: Parameters<typeof createEngine>[2] };
  metrics: Metrics;
  log: Log;
  now: () => number;
};

export type SocketServer = {
  readonly announce: Announce;
  /** Looks at tokens, readers and holders now; also runs by itself every second. */
  look(): Promise<void>;
  /** Of the connection's page: signOfLife.ts. */
  askForLife(connectionId: string): void;
  /** Says why, then ends the connection. */
  end(connection: Connection, ending: Ending): void;
  /** Refuses what is new, answers what was asked, then tells every client when to come back. */
  drain(reconnectAfterMs: MomentOf): Promise<void>;
  close(): Promise<void>;
};

/** A node that goes away waits so long for what it was asked; a database that is away would let it wait for ever. */
const ANSWER_WITHIN_MS = 5_000;

const CROWDED: Ending = {
  code: "too_many_connections",
  message: "This address has as many connections as one may have.",
};

function budgetsOf(limits: Config["limits"]) {
  return {
    connectionBudgets: createBudgets({
      burst: limits.connectionCommandBurst,
      perSecond: limits.connectionCommandsPerSecond,
    }),
    messageBudgets: createBudgets({ burst: limits.userMessageBurst, perSecond: limits.userMessagesPerSecond }),
  };
}

type End = SocketServer["end"];
/** Of each of them, by its place among all. */
type MomentOf = (place: { index: number; count: number }) => number;

/** Each is told a moment of its own to come back. */
function sendAway(all: readonly Connection[], momentOf: MomentOf, end: End): void {
  for (const [index, connection] of all.entries()) {
    const when = momentOf({ index, count: all.length });
    connection.returnAfterMs = when;
    end(connection, { code: "draining", message: "This node is going away.", reconnectAfterMs: when });
  }
}

export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { config, house, connections, keeper, cluster, metrics, log } = parts;
  const { presence } = cluster;
  const io = createEngine(parts.http, config, cluster.adapter);
  const visitors = io.of("/visitor");
  const announce = createAnnounce(visitors, ({ userId, event, payload }) =>
    parts.announced.tell(userId, event, payload),
  );
  const clientAddress = createClientAddress(config.trustedProxies);
  const turnstile = createTurnstile();
  const connectionOf = guardHandshakes(io, visitors, { ...parts, turnstile, clientAddress });
  const socketOf = (connection: Connection): VisitorSocket | undefined => visitors.sockets.get(connection.id);
  const end = (connection: Connection, ending: Ending): void => {
    const socket = socketOf(connection);
    if (socket) announce.end(socket, ending);
  };
  const inFlight = createInFlight();
  let draining = false;

  const { connectionBudgets, messageBudgets } = budgetsOf(config.limits);
  const isDraining = () => draining;
  const hall = createHall({ ...parts, announce, presence, socketOf, isDraining, turnstile });
  const receive = createReceive({ house, hall, connectionBudgets, messageBudgets, metrics, log });

  const depart = createDepartures({ ...parts, presence });
  function leave(connection: Connection): void {
    depart(connection);
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
    socket.use((packet) => inFlight.track(receive(connection, packet)));
    socket.on("disconnect", () => leave(connection));
    if (full) announce.end(socket, CROWDED);
  });

  const judgeAll = createSweep({ ...parts, connections: connections.all, socketOf, announce, limits: config.limits });
  const rounds = startRounds({ judgeAll, baton: house.baton, keeper, log });

  return {
    announce,
    look: rounds.look,
    end,
    askForLife: (id) => askForLife(visitors.sockets.get(id), connections.byId(id)),
    async drain(reconnectAfterMs) {
      draining = true;
      await inFlight.quiet(ANSWER_WITHIN_MS);
      sendAway([...connections.all()], reconnectAfterMs, end);
    },
    async close() {
      rounds.stop();
      announce.close();
      await io.close();
    },
  };
}

/** Socket.IO itself: its options, and what is watched below the namespaces. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import { LIMITS } from "@baton/shared/limits";
import { Server } from "socket.io";
import type { Config } from "../config/config.ts";

/** How ws reads, beyond what Engine.IO lets one say. Each was an attack that succeeded: docs/attacks.md. */
const READING = {
  // A message in pieces of one byte holds a hundred times its size in memory, before anybody has said who they are.
  // Browsers and proxies need a handful of pieces, and of TCP's for one frame, for 64 KiB.
  maxFragments: 128,
  maxBufferedChunks: 1_024,
  // One message of each connection in a turn of the event loop: what one has poured in does not hold up all others.
  allowSynchronousEvents: false,
  // Whoever is sent away and does not say goodbye holds a socket so much longer; ws waits 30 s.
  closeTimeout: 5_000,
};

type Adapter = Parameters<Server["adapter"]>[0];

export function createEngine(http: HttpServer, config: Config, adapter: Adapter | undefined): Server {
  const io = new Server(http, {
    transports: config.polling ? ["polling", "websocket"] : ["websocket"],
    serveClient: false,
    maxHttpBufferSize: LIMITS.packetBytes,
    connectTimeout: config.limits.handshakeMs,
    // Off: a compressed bomb costs the server, a compressed chat line gains nothing.
    perMessageDeflate: false,
    httpCompression: false,
    // The origin is judged by site, at the handshake; here it is only echoed so that a browser may poll.
    cors: { origin: true },
    pingInterval: 20_000,
    pingTimeout: 15_000,
    ...(adapter && { adapter }),
  });
  readFairly(io);
  sameOriginThroughout(io);
  return io;
}

type Sockets = new (options: object) => object;

/** Engine.IO hands ws no such options, and makes its server anew when HTTP begins to listen. */
function readFairly(io: Server): void {
  const { opts } = io.engine as unknown as { opts: { wsEngine: Sockets } };
  opts.wsEngine = class extends opts.wsEngine {
    constructor(options: object) {
      super({ ...options, ...READING });
    }
  };
}

type EngineRequest = IncomingMessage & { _query?: { sid?: string } };
type Transport = { id: string; request: IncomingMessage; once(event: "close", listener: () => void): void };

/**
 * The origin of the opening request is judged at the handshake; every later HTTP request of the same transport (polling,
 * the upgrade) must come from the same page. `allowRequest` would see one request in four.
 */
function sameOriginThroughout(io: Server): void {
  const origins = new Map<string, string | undefined>();
  io.engine.on("connection", (transport: Transport) => {
    origins.set(transport.id, transport.request.headers.origin);
    transport.once("close", () => origins.delete(transport.id));
  });
  io.engine.use((request: EngineRequest, response: ServerResponse, next: () => void) => {
    const sid = request._query?.sid;
    const isStranger = sid !== undefined && origins.has(sid) && origins.get(sid) !== request.headers.origin;
    if (!isStranger) return next();
    response.writeHead(403, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ error: { code: "origin_forbidden", message: "Another page opened this connection." } }),
    );
  });
}

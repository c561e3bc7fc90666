/**
 * What is watched below the namespaces. The origin of the opening request is judged at the handshake; every later HTTP
 * request of the same transport (polling, the upgrade) must come from the same page: `allowRequest` would see one in four.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "socket.io";

type EngineRequest = IncomingMessage & { _query?: { sid?: string } };

export function sameOriginThroughout(io: Server): void {
  const origins = new Map<string, string | undefined>();
  io.engine.on("connection", (transport: { id: string; request: IncomingMessage; once(event: "close", f: () => void): void }) => {
    origins.set(transport.id, transport.request.headers.origin);
    transport.once("close", () => origins.delete(transport.id));
  });
  io.engine.use((request: EngineRequest, response: ServerResponse, next: () => void) => {
    const sid = request._query?.sid;
    const isStranger = sid !== undefined && origins.has(sid) && origins.get(sid) !== request.headers.origin;
    if (!isStranger) return next();
    response.writeHead(403, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { code: "origin_forbidden", message: "Another page opened this connection." } }));
  });
}

/** The namespaces' middleware: one CONNECT for each transport, judged by authenticate; a «no» ends the transport. */
import type { Server, Socket } from "socket.io";
import { ConnectRefused } from "../identity/claims.ts";
import type { ClientAddress } from "../identity/clientAddress.ts";
import { type Log, loggedError } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { VisitorNamespace } from "./announce.ts";
import { type Authenticate, connectError } from "./authenticate.ts";
import type { Connection } from "./connection.ts";
import type { Turnstile } from "./turnstile.ts";

export type HandshakeParts = {
  authenticate: Authenticate;
  turnstile: Turnstile;
  clientAddress: ClientAddress;
  metrics: Metrics;
  log: Log;
};

/** A refused transport is closed so long after, when its answer has been written. */
const LINGER_MS = 1_000;

type Next = (error?: Error) => void;

/** @returns what a socket's handshake was found to be; asked once, when it connects */
export function guardHandshakes(
  io: Server,
  visitors: VisitorNamespace,
  parts: HandshakeParts,
): (socket: Socket) => Connection | undefined {
  const connected = new WeakSet<object>();
  const judged = new WeakMap<Socket, Connection>();

  visitors.use((socket: Socket, next: Next) => {
    // Marked before the first await: of fifty CONNECTs on one transport one is answered.
    const repeated = connected.has(socket.conn);
    connected.add(socket.conn);
    const verdict = repeated
      ? Promise.reject(new ConnectRefused("bad_handshake", "This transport has connected already: open another."))
      : judge(socket, parts);
    verdict.then(
      (connection) => {
        judged.set(socket, connection);
        next();
      },
      (error: unknown) => refuse(socket, error, { ...parts, next }),
    );
  });

  // The default namespace would let everyone in: nobody has business there.
  const elsewhere = new ConnectRefused("bad_handshake", "Connect to the namespace /visitor.");
  io.use((socket, next) => refuse(socket, elsewhere, { ...parts, next }));

  return (socket) => judged.get(socket);
}

function forwardedHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}

async function judge(socket: Socket, parts: HandshakeParts): Promise<Connection> {
  const { authenticate, clientAddress, turnstile } = parts;
  const { headers, auth, address: remoteAddress } = socket.handshake;
  const address = clientAddress({ remoteAddress, forwardedFor: forwardedHeader(headers["x-forwarded-for"]) });
  const hasGone = (): boolean => socket.conn.readyState !== "open";
  return authenticate({ id: socket.id, auth, origin: headers.origin, address, turnstile, hasGone });
}

function refuse(socket: Socket, error: unknown, { metrics, log, next }: HandshakeParts & { next: Next }): void {
  if (!(error instanceof ConnectRefused)) {
    // A fault of ours passes, and a connect_error would end the client's reconnecting: only the transport ends.
    log.error({ error: loggedError(error) }, "a handshake failed");
    socket.conn.close();
    return;
  }
  metrics.refusedConnections.inc({ code: error.code });
  next(connectError(error.code, error.message));
  setTimeout(() => socket.conn.close(), LINGER_MS).unref();
}

/** Once a second, over all connections: tokens that end, and readers that do not read. */
import type { LimitsConfig } from "../config/config.ts";
import type { Announce, VisitorSocket } from "./announce.ts";
import type { Connection } from "./connection.ts";

export type Verdict = "fine" | "token_expiring" | "token_expired" | "slow_consumer";
export type Backlog = { bytes: number; sinceMs: number };
type ReaderLimits = Pick<LimitsConfig, "readerBacklogBytes" | "readerBehindMs">;

/** Told so long before the token ends. Rule: protocol.md, `auth:expiring`. */
const EXPIRING_MS = 60_000;

/** PURE. @param now of the clock that tokens are judged by */
export function judge(
  connection: Pick<Connection, "tokenExpiresAt" | "toldExpiring">,
  backlog: Backlog,
  { now, limits }: { now: number; limits: ReaderLimits },
): Verdict {
  if (backlog.bytes > limits.readerBacklogBytes || backlog.sinceMs > limits.readerBehindMs) return "slow_consumer";
  if (connection.tokenExpiresAt === undefined) return "fine";
  if (connection.tokenExpiresAt <= now) return "token_expired";
  return connection.tokenExpiresAt - now <= EXPIRING_MS && !connection.toldExpiring ? "token_expiring" : "fine";
}

/** Engine.IO's; what goes to a room also has its WebSocket frame made beforehand, and both are kept. */
type WaitingPacket = { readonly data?: unknown; readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] } };

/** Private in its types, and the only place where all that waits can be seen: `bufferedAmount` tells a part of it. */
function waitingBytes(socket: VisitorSocket): number {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer?: readonly WaitingPacket[] };
  let bytes = 0;
  for (const packet of writeBuffer ?? []) bytes += bytesOf(packet);
  return bytes;
}

/** PURE. About what it takes in memory; the frame is shared by all who are told the same. */
export function bytesOf({ data, options }: WaitingPacket): number {
  let bytes = typeof data === "string" || Buffer.isBuffer(data) ? data.length : 0;
  for (const part of options?.wsPreEncodedFrame ?? []) bytes += part.length;
  return bytes;
}

export type SweepParts = {
  connections(): Iterable<Connection>;
  socketOf(connection: Connection): VisitorSocket | undefined;
  announce: Announce;
  limits: ReaderLimits;
  now: () => number;
};

export function createSweep({ connections, socketOf, announce, limits, now }: SweepParts): () => void {
  const behindSince = new WeakMap<Connection, number>();

  function backlogOf(connection: Connection, socket: VisitorSocket): Backlog {
    const bytes = waitingBytes(socket);
    const at = performance.now();
    if (bytes === 0) behindSince.delete(connection);
    else if (!behindSince.has(connection)) behindSince.set(connection, at);
    return { bytes, sinceMs: at - (behindSince.get(connection) ?? at) };
  }

  function act(verdict: Verdict, connection: Connection, socket: VisitorSocket): void {
    switch (verdict) {
      case "fine":
        return;
      case "token_expiring":
        connection.toldExpiring = true;
        announce.tell(socket, "auth:expiring", {
          expiresAt: new Date(connection.tokenExpiresAt ?? 0).toISOString(),
        });
        return;
      case "token_expired":
        announce.end(socket, {
          code: "token_expired",
          message: "The user token has ended: return with a new one.",
        });
        return;
      case "slow_consumer":
        announce.cutOff(socket);
        return;
    }
  }

  return () => {
    for (const connection of connections()) {
      const socket = socketOf(connection);
      if (socket) act(judge(connection, backlogOf(connection, socket), { now: now(), limits }), connection, socket);
    }
  };
}

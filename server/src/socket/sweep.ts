/** Once a second, over all connections: tokens that end, and readers that do not read. */
import type { LimitsConfig } from "../config.ts";
import type { Connection } from "./connection.ts";

export type Verdict = "fine" | "token_expiring" | "token_expired" | "slow_consumer";

/** Told so long before the token ends. Rule: protocol.md, `auth:expiring`. */
const EXPIRING_MS = 60_000;

export type Backlog = { bytes: number; sinceMs: number };

/** PURE. @param now of the clock that tokens are judged by */
export function judge(
  connection: Pick<Connection, "tokenExpiresAt" | "toldExpiring">,
  backlog: Backlog,
  { now, limits }: { now: number; limits: Pick<LimitsConfig, "readerBacklogBytes" | "readerBehindMs"> },
): Verdict {
  if (backlog.bytes > limits.readerBacklogBytes || backlog.sinceMs > limits.readerBehindMs) return "slow_consumer";
  if (connection.tokenExpiresAt === undefined) return "fine";
  if (connection.tokenExpiresAt <= now) return "token_expired";
  return connection.tokenExpiresAt - now <= EXPIRING_MS && !connection.toldExpiring ? "token_expiring" : "fine";
}

/** Bytes that wait in front of a socket, counted by us: the engine's own figure leaves most of them out. */
export function waitingBytes(packets: readonly { data?: unknown }[]): number {
  let bytes = 0;
  for (const { data } of packets) {
    if (typeof data === "string") bytes += data.length;
    else if (Buffer.isBuffer(data)) bytes += data.length;
  }
  return bytes;
}

/** How much anyone may ask of the gateway. The wire's own bounds (packet, text) are fixed in shared/limits.ts. */
import * as z from "zod";

const message = "must be a whole number from 1 to 1000000000. Write a number without quotes";
const amount = (byDefault: number, about: string) =>
  z.int(message).min(1, message).max(1_000_000_000, message).default(byDefault).describe(about);

export const LimitsConfig = z.strictObject({
  userMessageBurst: amount(20, "Messages a user may send at once."),
  userMessagesPerSecond: amount(5, "Messages a user may send afterwards."),
  connectionCommandBurst: amount(50, "Commands of a connection at once, messages among them."),
  connectionCommandsPerSecond: amount(20, "Commands of a connection a second afterwards."),
  userConnections: amount(20, "Connections of a user at a time; the one beyond is ended."),
  userConnectionsPerMinute: amount(60, "New connections of a user."),
  addressConnections: amount(1_000, "Connections of an address at a time."),
  addressConnectionsPerSecond: amount(50, "New connections of an address."),
  waitingWrites: amount(
    10_000,
    "Messages and other writes of all users that wait in a node for the database; one more is `rate_limited`.",
  ),
  handshakeMs: amount(8_000, "Time a transport has to say who it is."),
  readerBacklogBytes: amount(
    524_288,
    "A connection for which more waits unread in the memory of its node is ended; it may come back and sync.",
  ),
  readerBehindMs: amount(30_000, "A connection that reads nothing for so long is ended likewise."),
  drainMs: amount(40_000, "After SIGTERM the gateway is gone within this time."),
  drainNoticeMs: amount(
    2_000,
    "With Redis: a stopping gateway answers `/readyz` with 503 and newcomers with `draining` for at least this time.",
  ),
  drainWindowMs: amount(5_000, "Clients of a stopping gateway are told to come back spread over at least this time."),
  drainClientsPerSecond: amount(500, "The spread grows so that no more come back at once."),
});
export type LimitsConfig = Readonly<z.output<typeof LimitsConfig>>;

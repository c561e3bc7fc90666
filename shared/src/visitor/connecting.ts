/** What a visitor's client says when it connects, and what the server says when it ends a connection. */
import * as z from "zod";
import { LIMITS } from "../limits.ts";
import { CLOSINGS, CONNECT_REFUSALS } from "../refusals.ts";
import { DeviceId, DurationMs, Id, writtenText } from "./primitives.ts";

const Token = z.string().min(1).max(8_192);

/**
 * `auth` of the handshake. `protocol` is judged before the rest, so that a newer client is told about the version and
 * not about a field. Not strict: a client one version ahead may say more than we know.
 */
export const VisitorAuth = z.object({
  protocol: z.literal(1),
  site: Id,
  device: z.object({ id: DeviceId, label: writtenText(LIMITS.labelUnits).optional() }),
  tab: Id.optional(),
  visible: z.boolean().optional(),
  visitorToken: Token.optional(),
  userToken: Token.optional(),
  handover: Token.optional(),
});
export type VisitorAuth = z.infer<typeof VisitorAuth>;

/** `data` of a `connect_error`. */
export const ConnectError = z.object({
  code: z.enum(Object.keys(CONNECT_REFUSALS) as [keyof typeof CONNECT_REFUSALS]),
  message: z.string(),
  retryable: z.literal(false),
});

export const Closing = z.object({
  code: z.enum(Object.keys(CLOSINGS) as [keyof typeof CLOSINGS]),
  message: z.string(),
  mayReturn: z.boolean(),
  reconnectAfterMs: DurationMs.optional(),
});
export type Closing = z.infer<typeof Closing>;

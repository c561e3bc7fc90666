/**
 * Why a command, a connection or a transport is refused, with the policy beside each code.
 * No zod here: the widget reads `retryable` from this table to decide what stays in its outbox.
 */
export const REFUSALS = {
  invalid_payload: { retryable: false, about: "The payload does not fit its schema; details.fields names the paths." },
  unknown_event: { retryable: false, about: "This gateway does not serve an event of that name." },
  not_active_device: { retryable: false, about: "Another device holds the baton; details.lock says which." },
  no_session: { retryable: false, about: "Before session:open, or nothing is open or idle." },
  session_ended: { retryable: false, about: "The session has ended; it can still be read." },
  not_found: { retryable: false, about: "Unknown, or another user's: the answer is the same." },
  forbidden: { retryable: false, about: "Yours to see, not yours to change." },
  too_large: { retryable: false, about: "The file is larger than the site allows." },
  rate_limited: { retryable: true, about: "Too fast; retryAfterMs tells when to come again." },
  conflict: { retryable: false, about: "What you last saw has changed since; fetch it anew and decide again." },
  turn_in_progress: { retryable: true, about: "The site takes one message at a time, and a reply is being written." },
  token_invalid: { retryable: false, about: "The token is not one this site accepts." },
  token_expired: { retryable: false, about: "The token was good and has ended: get a new one." },
  draining: { retryable: true, about: "This node is going away; reconnect and send again." },
  storage_unavailable: { retryable: true, about: "Nothing could be stored: keep it and send it again." },
  internal: { retryable: true, about: "A fault of the gateway; the id in the message is in its log." },
} as const satisfies Record<string, { retryable: boolean; about: string }>;

export type RefusalCode = keyof typeof REFUSALS;

/** Codes of a `connect_error`: never retryable, because Socket.IO stops reconnecting at one. */
export const CONNECT_REFUSALS = {
  bad_handshake: "The auth object does not fit, or this transport has already connected once.",
  protocol_unsupported: "This gateway speaks protocol 1.",
  unknown_site: "No site of that id is configured.",
  origin_forbidden: "The page's origin is not on the site's list.",
  token_invalid: "The token is not one this site accepts.",
  token_expired: "The token was good and has ended: get a new one.",
  user_erased: "This user was erased.",
} as const;

export type ConnectRefusalCode = keyof typeof CONNECT_REFUSALS;

/** Codes of the `closing` event, and whether the client may come back by itself. */
export const CLOSINGS = {
  draining: { mayReturn: true, about: "The node is shutting down." },
  slow_consumer: { mayReturn: true, about: "The connection did not read what was sent to it." },
  token_expired: { mayReturn: true, about: "The user token ended; return with a new one." },
  restart: { mayReturn: true, about: "What this connection was granted has changed: open anew." },
  revoked: { mayReturn: false, about: "The token or the device was signed out." },
  erased: { mayReturn: false, about: "The user was erased." },
  logged_out: { mayReturn: false, about: "The person logged out on this device." },
  protocol_violation: { mayReturn: false, about: "The client broke the protocol." },
  too_many_connections: { mayReturn: false, about: "More connections than one user or address may have." },
} as const satisfies Record<string, { mayReturn: boolean; about: string }>;

export type ClosingCode = keyof typeof CLOSINGS;

/** The error half of every acknowledgement. */
export type Refusal = {
  code: RefusalCode;
  /** For a developer; programs read `code`. */
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
};

export type Ack<Data> = { ok: true; data: Data } | { ok: false; error: Refusal };

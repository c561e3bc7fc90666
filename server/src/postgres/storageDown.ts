/** Which errors mean «the database is away for now» rather than «we asked something wrong». */

const SYSTEM_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT", // the unix socket is gone
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/**
 * SQLSTATE classes: 08 connection, 53 out of resources (disk full too), 57 stopped by the operator, 58 system error;
 * and of classes 25 and 40 what passes by itself: a standby that cannot write yet, a deadlock, serialisation.
 */
const PASSING_STATES = /^(?:08|53|57|58|25006|40001|40P01)/;

/** The driver has no codes for these. */
const DRIVER_MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout$)/;

/** The server may still be at it: nothing else can be asked on that connection. */
export function isUnanswered(error: unknown): error is Error {
  return error instanceof Error && !("code" in error) && error.message === "Query read timeout";
}

export function isStorageDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (SYSTEM_CODES.has(code)) return true;
  return /^[0-9A-Z]{5}$/.test(code) ? PASSING_STATES.test(code) : DRIVER_MESSAGES.test(error.message);
}

/** What whoever meets it is told. */
export const STORAGE_AWAY = {
  message: "The database is away: keep it and send it again.",
  retryAfterMs: 1_000,
} as const;

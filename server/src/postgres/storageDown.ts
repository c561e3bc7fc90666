/** Which errors mean «the database is away for now» rather than «we asked something wrong». */

const DRIVER_CODES = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT", // the unix socket is gone
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
]);

/**
 * SQLSTATE classes: 08 connection, 53 out of resources (disk full too), 57 stopped by the operator, 58 system error;
 * and of class 40 and 25 what passes by itself: deadlock, serialisation, a standby that cannot write yet.
 */
const PASSING_STATES = /^(?:08|53|57|58|40001|40P01|25006|XX000)/;

export function isStorageDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return DRIVER_CODES.has(code) || (/^[0-9A-Z]{5}$/.test(code) && PASSING_STATES.test(code));
}

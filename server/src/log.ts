/** The gateway's log: one JSON line an event, ids only. Made by main.ts and handed down. */
import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/** What must not be in a line even if someone passes a whole object: secrets, tokens, and what people wrote. */
const SECRET_KEYS = [
  "authorization",
  "cookie",
  "token",
  "userToken",
  "visitorToken",
  "handover",
  "secret",
  "secrets",
  "key",
  "masterKey",
  "databaseUrl",
  "text",
  "body",
  "payload",
  "email",
  "name",
];

type LoggedError = { type: string; message: string; code?: unknown; stack?: string; cause?: LoggedError };

/** An allow-list: drivers hang queries, parameters and whole responses on their errors. */
export function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: "something that is no Error was thrown" };
  return {
    type: error.name,
    message: error.message,
    ...("code" in error && { code: error.code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && depth < 4 && { cause: loggedError(error.cause, depth + 1) }),
  };
}

/** What a caller has already turned into plain values stays as it is. */
function onlyErrors(value: unknown): unknown {
  return value instanceof Error ? loggedError(value) : value;
}

/** pino's, from the quietest. */
export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type LogOptions = { level?: string; destination?: DestinationStream };

export function createLog({ level = "info", destination }: LogOptions = {}): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: onlyErrors, error: onlyErrors },
    redact: { paths: [...SECRET_KEYS, ...SECRET_KEYS.map((key) => `*.${key}`)], censor: "[redacted]" },
  };
  return destination ? pino(options, destination) : pino(options);
}

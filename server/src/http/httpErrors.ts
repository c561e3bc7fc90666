/** The error form of every HTTP answer: `{ error: { code, message, details? } }`. */
import type { Socket } from "node:net";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../log.ts";
import { isStorageDown, STORAGE_AWAY } from "../postgres/storageDown.ts";

type Details = Record<string, unknown>;

/** An expected «no» of a route: thrown there, answered by the handler below. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Details | undefined;

  /** @param refusal.message cause and mend, for a developer */
  constructor(status: number, { code, message, details }: { code: string; message: string; details?: Details }) {
    super(message);
    this.name = "HttpRefusal";
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

function errorBody(code: string, message: string, details?: Details) {
  return { error: { code, message, ...(details && { details }) } };
}

/** What Fastify itself refuses, before any route: by status. */
const CODES: Readonly<Record<number, string>> = {
  400: "invalid_payload",
  404: "not_found",
  413: "too_large",
  414: "too_large",
  415: "unsupported_media_type",
};

function refuse(reply: FastifyReply, error: HttpRefusal): FastifyReply {
  return reply.code(error.status).send(errorBody(error.code, error.message, error.details));
}

/** It passes: a back end that repeats what it asked, such as a sign-out, is served. */
function refuseForNow(reply: FastifyReply): FastifyReply {
  const { message, retryAfterMs } = STORAGE_AWAY;
  return reply
    .code(503)
    .header("retry-after", Math.ceil(retryAfterMs / 1_000))
    .send(errorBody("storage_unavailable", message, { retryAfterMs }));
}

/** Log and client get the same id; only the log gets the cause. */
function fault(
  request: FastifyRequest,
  reply: FastifyReply,
  { log, error }: { log: Log; error: unknown },
): FastifyReply {
  log.error({ requestId: request.id, route: request.routeOptions.url, err: error }, "http request failed");
  return reply
    .code(500)
    .send(errorBody("internal", `A fault of the gateway; its log has the cause under ${request.id}.`));
}

/** Fastify's own words may quote the request; what is told is the kind of mistake. */
export function answerRefused(error: FastifyError, reply: FastifyReply): FastifyReply {
  const status = error.statusCode ?? 400;
  return reply
    .code(status)
    .send(errorBody(CODES[status] ?? "bad_request", `The request was refused (${error.code ?? status}).`));
}

/** What is no HTTP, or too slow or too large to become a request: there is no reply, only the socket. */
export function answerNoRequest(error: Error & { code?: string }, socket: Socket): void {
  // Nobody is there any more to be told.
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
  const body = JSON.stringify(
    errorBody("bad_request", `This is no request this server can read (${error.code ?? "unknown"}).`),
  );
  const head = ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`, "connection: close"];
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\n${head.join("\r\n")}\r\n\r\n${body}`);
  socket.destroySoon();
}

function answerError(
  error: FastifyError,
  request: FastifyRequest,
  parts: { reply: FastifyReply; log: Log },
): FastifyReply {
  const { reply, log } = parts;
  if (error instanceof HttpRefusal) return refuse(reply, error);
  if (isStorageDown(error)) return refuseForNow(reply);
  if ((error.statusCode ?? 500) < 500) return answerRefused(error, reply);
  return fault(request, reply, { log, error });
}

export function installErrorForm(app: FastifyInstance, log: Log): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => answerError(error, request, { reply, log }));
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(errorBody("not_found", "Nothing is here. The routes are in docs/protocol.md.")),
  );
}

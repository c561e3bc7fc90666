/**
 * The HTTP side of the gateway, from the parts gateway.ts hands it. Socket.IO is attached to `app.server` there; nothing
 * here knows about sockets, tables or the environment.
 */
import { randomUUID } from "node:crypto";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Config } from "../config/config.ts";
import { createApiKeys } from "../identity/apiKeys.ts";
import type { Log } from "../log.ts";
import { type DemoParts, registerDemo } from "./demoRoutes.ts";
import { type Health, registerHealth } from "./healthRoutes.ts";
import { answerNoRequest, answerRefused, installErrorForm } from "./httpErrors.ts";
import { type MetricsText, registerMetrics } from "./metricsRoute.ts";
import { registerTestClock, type TestClock } from "./testClockRoute.ts";
import { registerTranscripts, type TranscriptReader } from "./transcriptRoutes.ts";
import { registerUsers, type UserDesk } from "./userRoutes.ts";
import { registerWidget } from "./widgetRoutes.ts";

export type HttpParts = {
  config: Config;
  log: Log;
  health: Health;
  metrics: MetricsText;
  transcripts: TranscriptReader;
  users: UserDesk;
  /** Absolute path of the built widget. */
  widgetDir: string;
  /** Given when the built-in demo is served. */
  demo?: DemoParts;
  /** Given when BATON_TEST_CLOCK is on. */
  testClock?: TestClock;
};

/** A client that sends its head or its body one byte at a time holds a socket no longer than this. */
const SLOW_HEADERS_MS = 8_000;
const SLOW_REQUEST_MS = 15_000;
const CHECK_EVERY_MS = 2_000;
const BODY_BYTES = 65_536;
const HEADER_BYTES = 16_384;
/** A site's own id of a person has up to 255 characters, and one may be written in nine. */
const PARAM_CHARACTERS = 255 * 9 + "ext%3A".length;

function newApp({ config }: HttpParts): FastifyInstance {
  return fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: SLOW_REQUEST_MS,
    http: { headersTimeout: SLOW_HEADERS_MS, connectionsCheckingInterval: CHECK_EVERY_MS, maxHeaderSize: HEADER_BYTES },
    routerOptions: { maxParamLength: PARAM_CHARACTERS },
    genReqId: () => randomUUID(),
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    forceCloseConnections: true,
    clientErrorHandler: answerNoRequest,
    // A path that is no URL, or endless: no hook has run yet.
    frameworkErrors: (error, _request, reply) => {
      secureHeaders(reply as FastifyReply);
      void answerRefused(error, reply as FastifyReply);
    },
  });
}

function secureHeaders(reply: FastifyReply): void {
  reply.headers({
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
}

/** The route's pattern, never the URL: ids of sessions are fine in a log, tokens in a query are not. */
function logRequest(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const line = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? "unknown",
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
  };
  // Probes and scrapes come every few seconds for ever.
  if (reply.statusCode < 400 && /^\/(healthz|readyz|metrics)$/.test(line.route)) log.debug(line, "http request");
  else log.info(line, "http request");
}

function installHooks(app: FastifyInstance, log: Log): void {
  app.addHook("onRequest", (request, reply, done) => {
    secureHeaders(reply);
    reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    logRequest(log, request, reply);
    done();
  });
}

/** Not listening yet: gateway.ts attaches Socket.IO first. */
export async function createHttpServer(parts: HttpParts): Promise<FastifyInstance> {
  const app = newApp(parts);
  installHooks(app, parts.log);
  installErrorForm(app, parts.log);
  registerHealth(app, parts.health);
  registerMetrics(app, parts.metrics);
  const apiKeys = createApiKeys(parts.config.sites.values());
  registerTranscripts(app, { transcripts: parts.transcripts, apiKeys });
  registerUsers(app, { users: parts.users, apiKeys });
  await registerWidget(app, parts.widgetDir);
  if (parts.config.builtInDemo && parts.demo) await registerDemo(app, parts.demo);
  if (parts.config.testClock && parts.testClock) registerTestClock(app, parts.testClock);
  return app;
}

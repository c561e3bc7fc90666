/**
 * The demo: an ordinary shop page with the widget's tag, signing in as a test user, and that page twice as two devices.
 * Served without a configuration only.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";
import type { SiteConfig } from "../config/siteConfig.ts";
import { signUserToken } from "../identity/signUserToken.ts";
import { HttpRefusal } from "./httpErrors.ts";

export type DemoParts = {
  /** Known once the port is. */
  site(): SiteConfig;
  /** Epoch ms. */
  clock(): number;
};

const DEMO_DIR = fileURLToPath(new URL("./demo/", import.meta.url));
const TOKEN_SECONDS = 3_600;

/** As strict as the strictest host page: the widget has to live with it. */
const CSP = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data:",
  "require-trusted-types-for 'script'",
].join("; ");

/** Before the widget's tag, and before anything else: see the file itself. */
const AS_DEVICE = '<head>\n    <script src="/demo/framed.js"></script>';

const TokenRequest = z.strictObject({
  user: z.string().trim().min(1).max(100),
  name: z.string().trim().min(1).max(100).optional(),
});

/**
 * Only the demo page's own requests. The Host is judged too: a foreign name that was made to point at this machine
 * (DNS rebinding) would be its own origin, but comes with its own name.
 */
function demandOwnPage(request: FastifyRequest, origins: readonly string[]): void {
  const { host, origin } = request.headers;
  const own = `http://${host}`;
  if (origins.includes(own) && (origin === undefined || origin === own)) return;
  throw new HttpRefusal(403, { code: "forbidden", message: `Only the demo page may ask, at ${origins.join(" or ")}.` });
}

async function issueToken(request: FastifyRequest, { site, clock }: DemoParts): Promise<{ token: string }> {
  const demo = site();
  demandOwnPage(request, demo.origins);
  const body = TokenRequest.safeParse(request.body);
  if (!body.success)
    throw new HttpRefusal(400, {
      code: "invalid_payload",
      message: 'Send {"user": "ada", "name": "Ada"}; name may be left out.',
    });
  const { user, name } = body.data;
  const token = await signUserToken(demo, {
    sub: user,
    ...(name !== undefined && { name }),
    ttlSeconds: TOKEN_SECONDS,
    nowMs: clock(),
  });
  if (token === undefined) throw new Error("the demo site has no secret");
  return { token };
}

/**
 * `/devices` frames the shop under both names of this machine, each with its own storage. That copy of the shop alone may
 * be framed, and by those two alone.
 */
async function registerDevices(scope: FastifyInstance, { site }: DemoParts): Promise<void> {
  const read = (name: string) => readFile(DEMO_DIR + name, "utf8");
  const devices = await read("devices.html");
  const framed = (await read("index.html")).replace("<head>", AS_DEVICE);
  const html = (reply: FastifyReply, policy: string) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", `${CSP}; ${policy} ${site().origins.join(" ")}`);
  scope.get("/devices", (_request, reply) => {
    const hasClock = scope.hasRoute({ method: "POST", url: "/__test/clock" });
    const page = hasClock ? devices.replace('data-clock="no"', 'data-clock="yes"') : devices;
    return html(reply, "frame-src").send(page);
  });
  scope.get("/devices/shop", (_request, reply) => {
    reply.removeHeader("x-frame-options");
    return html(reply, "frame-ancestors").send(framed);
  });
}

export async function registerDemo(app: FastifyInstance, demo: DemoParts): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook("onRequest", (_request, reply: FastifyReply, done) => {
      reply.header("content-security-policy", CSP);
      done();
    });
    await scope.register(fastifyStatic, {
      root: DEMO_DIR,
      prefix: "/demo/",
      index: false,
      dotfiles: "ignore",
      cacheControl: false,
    });
    scope.get("/", (_request, reply) => reply.sendFile("index.html"));
    await registerDevices(scope, demo);
    scope.post("/demo/token", (request) => issueToken(request, demo));
  });
}

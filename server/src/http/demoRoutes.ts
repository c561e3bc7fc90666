/** The demo page: an ordinary shop with the widget's tag, and signing in as a test user. Served without a configuration only. */
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
    scope.post("/demo/token", (request) => issueToken(request, demo));
  });
}

/** The built widget under `/widget/v1/`, for pages of any origin. */
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";

/** Vite's content hash, `core-BxT3k9_a.js`: such a name never means another content. */
const HASHED = /-[A-Za-z0-9_-]{8}\.\w+$/;
const YEAR = "public, max-age=31536000, immutable";
/** The loader's name stays: a new version reaches pages within minutes, and asking again costs an empty 304. */
const SHORT = "public, max-age=300";

function cacheControl(reply: FastifyReply): void {
  const path = reply.request.url.split("?")[0] ?? "";
  reply.header("cache-control", HASHED.test(path) ? YEAR : SHORT);
}

/** Any page may load the widget; what a page may do with it is decided when it connects. */
function openToAll(reply: FastifyReply): void {
  reply.header("access-control-allow-origin", "*");
  reply.header("cross-origin-resource-policy", "cross-origin");
  // So that a cache never hands one encoding to a browser that asked for another.
  reply.header("vary", "accept-encoding");
}

export async function registerWidget(app: FastifyInstance, widgetDir: string): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook("onRequest", (_request, reply, done) => {
      openToAll(reply);
      done();
    });
    await scope.register(fastifyStatic, {
      root: widgetDir,
      prefix: "/widget/v1/",
      index: false,
      dotfiles: "ignore",
      cacheControl: false,
      // Serves `x.js.br` and `x.js.gz` where the build has put them.
      preCompressed: true,
      setHeaders: cacheControl,
    });
  });
}

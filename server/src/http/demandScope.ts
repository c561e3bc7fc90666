/** Whose call this is, and whether their key may do it. Asked first by every route for a site's own servers. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ApiScope } from "../config/siteConfig.ts";
import type { ApiCaller, ApiKeys } from "../identity/apiKeys.ts";
import { HttpRefusal } from "./httpErrors.ts";

/** 401 without a known key, 403 when it may not do this. */
export function demandScope(
  request: FastifyRequest,
  reply: FastifyReply,
  { apiKeys, scope }: { apiKeys: ApiKeys; scope: ApiScope },
): ApiCaller {
  const caller = apiKeys.find(request.headers.authorization);
  if (!caller) {
    reply.header("www-authenticate", "Bearer");
    throw new HttpRefusal(401, {
      code: "unauthorized",
      message: "Send Authorization: Bearer with one of the site's API keys.",
    });
  }
  if (caller.scopes.includes(scope)) return caller;
  throw new HttpRefusal(403, {
    code: "forbidden",
    message: `The key ${caller.keyName} lacks the scope ${scope}. Add it in the configuration.`,
  });
}

/** `POST /v1/users/{id}/sign-out`, for a site's own servers. */
import { DeviceId, Id } from "@baton/shared/visitor/primitives";
import type { FastifyInstance } from "fastify";
import * as z from "zod";
import type { ApiKeys } from "../identity/apiKeys.ts";
import type { SignedOut, SignOut, UserRef } from "../identity/userStore.ts";
import { demandScope } from "./demandScope.ts";
import { HttpRefusal } from "./httpErrors.ts";

export type UserDesk = {
  /** Undefined when the site has no such user, also when another one has, or the user no such device. */
  signOut(of: SignOut): Promise<SignedOut | undefined>;
};

type Parts = { users: UserDesk; apiKeys: ApiKeys };

const EXTERNAL = "ext:";
/** A site's own id of a person, as its tokens may say it: userClaims.ts. */
const ExternalId = z
  .string()
  .min(1)
  .max(255)
  .refine((sub) => !sub.includes("\u0000") && sub.isWellFormed());
const Body = z.strictObject({ deviceId: DeviceId.optional() });

/** The gateway's id, or `ext:` and the `sub` of the site's token; undefined for what nobody can be called. */
function userRef(id: string): UserRef | undefined {
  if (!id.startsWith(EXTERNAL)) return Id.safeParse(id).success ? { id } : undefined;
  const externalId = id.slice(EXTERNAL.length);
  return ExternalId.safeParse(externalId).success ? { externalId } : undefined;
}

/** To sign somebody out everywhere nothing needs to be said. */
function parseBody(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new HttpRefusal(400, {
    code: "invalid_payload",
    message: 'Send {} for every device, or {"deviceId": "…"} for one.',
    details: { fields: parsed.error.issues.flatMap(({ path, ...issue }) => namesOf(path, issue)) },
  });
}

function namesOf(path: readonly PropertyKey[], issue: { code?: string; keys?: readonly string[] }): string[] {
  return issue.code === "unrecognized_keys" ? [...(issue.keys ?? [])] : [path.join(".")];
}

/** `signedOutAt`: tokens issued before it are void, to the whole second. Holds here at once, on every node within 10 s. */
export function registerUsers(app: FastifyInstance, { users, apiKeys }: Parts): void {
  app.post<{ Params: { id: string } }>("/v1/users/:id/sign-out", async (request, reply) => {
    const { site } = demandScope(request, reply, { apiKeys, scope: "users:write" });
    const { deviceId } = parseBody(request.body);
    const user = userRef(request.params.id);
    const signedOut = user && (await users.signOut({ site, user, deviceId }));
    if (!signedOut) throw new HttpRefusal(404, { code: "not_found", message: "This site has no such user or device." });
    const { userId, at } = signedOut;
    return { userId, ...(deviceId !== undefined && { deviceId }), signedOutAt: at.toISOString() };
  });
}

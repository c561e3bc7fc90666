/** auth:refresh: a new token of the same person keeps the connection; anyone else's changes nothing. */
import { Refused } from "../../refused.ts";
import type { Handler } from "./handler.ts";

export const refreshToken: Handler<"auth:refresh"> = async (caller, { userToken }, house) => {
  const claims = await house.identity.verifyUserToken(caller.site, userToken);
  if (claims.sub !== caller.user.externalId) throw new Refused("token_invalid", "This token is of another person.");
  const tokenExpiresAt = claims.exp * 1_000;
  return { data: { expiresAt: new Date(tokenExpiresAt).toISOString() }, connection: { tokenExpiresAt } };
};

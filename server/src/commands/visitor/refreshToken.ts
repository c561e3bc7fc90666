/** auth:refresh: a new token of the same person keeps the connection; anyone else's changes nothing. */
import type { Handler } from "./handler.ts";

export const refreshToken: Handler<"auth:refresh"> = async ({ site, device, user }, { userToken }, house) => {
  const renewed = await house.identity.renew(userToken, { site, device, externalId: user.externalId });
  return { data: { expiresAt: new Date(renewed.claim.claims.exp * 1_000).toISOString() }, connection: { renewed } };
};

/** auth:refresh: a new token of the same person keeps the connection; anyone else's changes nothing. */
import type { Handler } from "./handler.ts";

export const refreshToken: Handler<"auth:refresh"> = async ({ site, device, user }, { userToken }, house) => {
  const { exp } = await house.identity.renew(userToken, { site, device, externalId: user.externalId });
  const tokenExpiresAt = exp * 1_000;
  return { data: { expiresAt: new Date(tokenExpiresAt).toISOString() }, connection: { tokenExpiresAt } };
};

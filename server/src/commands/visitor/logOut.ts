/** auth:logout: every token issued before now is void, on this device for a person, everywhere for an anonymous visitor. */
import type { Handler } from "./handler.ts";

export const logOut: Handler<"auth:logout"> = async (caller, _payload, house) => {
  await house.identity.logOut(caller);
  await house.baton.letGo(caller);
  return { data: {}, connection: { logOut: true } };
};

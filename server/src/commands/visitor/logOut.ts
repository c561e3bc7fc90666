/** auth:logout: every token issued before now is void, on this device for a person, everywhere for an anonymous visitor. */
import type { Handler } from "./handler.ts";

export const logOut: Handler<"auth:logout"> = async (caller, _payload, house) => {
  // Somebody else's look at who was signed out may come between: whoever asks for it hears the answer first.
  caller.isLeaving = true;
  try {
    await house.identity.logOut(caller);
    await house.baton.letGo(caller);
  } catch (error) {
    caller.isLeaving = false;
    throw error;
  }
  return { data: {}, connection: { logOut: true } };
};

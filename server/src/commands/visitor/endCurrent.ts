/** What closing and starting anew have in common: a reply that is being written here keeps all of its text. */
import type { MovedSession } from "../../session/sessionService.ts";
import type { Caller, House } from "./handler.ts";

export async function endCurrent<Moved extends MovedSession | undefined>(
  caller: Caller,
  sessionId: string | undefined,
  house: House,
  end: () => Promise<Moved>,
): Promise<Moved> {
  const current = house.currentSessions.of(caller.userId);
  if (current && (sessionId ?? current) === current) {
    // What is said to the generator is said to no row: asked before.
    await house.baton.confirm(caller);
    // The end itself would keep what was last written down, up to a second ago.
    await house.turns.stopIn(current);
  }
  const ended = await end();
  house.currentSessions.set(caller.userId, undefined);
  return ended;
}

/**
 * Which session this node believes to be a user's current one, so that a message can be sealed for its place before the
 * database is asked. A belief only: an append that meets another truth runs alone and finds it.
 */
export type CurrentSessions = {
  of(userId: string): string | undefined;
  set(userId: string, sessionId: string | undefined): void;
  forget(userId: string): void;
};

/**
 * An answer on its way when the last connection left is remembered after `forget`: a bound, and the longest not heard of
 * goes first. Whoever is meant pays one round trip.
 */
const MOST_USERS = 100_000;

export function createCurrentSessions(most = MOST_USERS): CurrentSessions {
  const sessions = new Map<string, string>();

  function set(userId: string, sessionId: string | undefined): void {
    // Re-inserted: a Map keeps the order of insertion.
    sessions.delete(userId);
    if (sessionId === undefined) return;
    sessions.set(userId, sessionId);
    const [oldest] = sessions.size > most ? sessions.keys() : [];
    if (oldest !== undefined) sessions.delete(oldest);
  }

  return {
    of: (userId) => sessions.get(userId),
    set,
    forget: (userId) => void sessions.delete(userId),
  };
}

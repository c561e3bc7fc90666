/**
 * Which session this node believes to be a user's current one, so that a message can be sealed for its place before the
 * database is asked. A belief only: an append that meets another truth runs alone and finds it.
 */
export type CurrentSessions = {
  of(userId: string): string | undefined;
  set(userId: string, sessionId: string | undefined): void;
  forget(userId: string): void;
};

export function createCurrentSessions(): CurrentSessions {
  const sessions = new Map<string, string>();
  return {
    of: (userId) => sessions.get(userId),
    set: (userId, sessionId) => void (sessionId ? sessions.set(userId, sessionId) : sessions.delete(userId)),
    forget: (userId) => void sessions.delete(userId),
  };
}

/** No event reaches a connection that may not have it: I12. PURE. Called by checkHistory. */
import { type ConnectionEvent, type Evidence, seenIn } from "./evidence.ts";
import type { Finding } from "./finding.ts";

export function checkEntitlement(evidence: Evidence): Finding[] {
  return [...evidence.byConnection.values()].flatMap((events) => [
    ...events.flatMap((event) => anothers(evidence, event)),
    ...afterRevoking(events, evidence.limits.revokedWithinMs),
  ]);
}

function anothers({ sessionById, ownerNow, userOf }: Evidence, event: ConnectionEvent): Finding[] {
  const { connection } = event;
  const foreign = sessionsIn(event).find((sessionId) => {
    const row = sessionById.get(sessionId);
    return row && ownerNow(row.userId) !== userOf(connection);
  });
  if (foreign === undefined) return [];
  const words = `${connection} of ${userOf(connection)} was told of ${foreign}, which is another user's`;
  return [{ kind: "foreign", invariant: "I12", witness: [event], words }];
}

function sessionsIn(event: ConnectionEvent): string[] {
  const named = "sessionId" in event && event.sessionId !== null ? [event.sessionId] : [];
  return [...new Set([...named, ...seenIn(event).map(({ sessionId }) => sessionId)])];
}

function afterRevoking(events: readonly ConnectionEvent[], withinMs: number): Finding[] {
  const revoked = events.find(({ kind }) => kind === "revoked");
  if (!revoked) return [];
  const late = events.find((event) => event.t > revoked.t + withinMs && isTold(event));
  if (!late) return [];
  const words = `${late.connection} was still told things ${Math.round(late.t - revoked.t)} ms after it was signed out`;
  return [{ kind: "foreign", invariant: "I12", witness: [revoked, late], words }];
}

/** What comes from the server and is worth keeping from somebody. */
function isTold(event: ConnectionEvent): boolean {
  return sessionsIn(event).length > 0 || event.kind === "lock";
}
